"""Code tables and number checks of identity cards: GB/T 2261.1, GB/T 3304, GB 11643."""

from __future__ import annotations

SEX = {"0": "未知", "1": "男", "2": "女", "9": "未说明"}
"""GB/T 2261.1. 0 and 9 are not 女, whatever many drivers say."""

NATION = {
    "01": "汉", "02": "蒙古", "03": "回", "04": "藏", "05": "维吾尔", "06": "苗", "07": "彝",
    "08": "壮", "09": "布依", "10": "朝鲜", "11": "满", "12": "侗", "13": "瑶", "14": "白",
    "15": "土家", "16": "哈尼", "17": "哈萨克", "18": "傣", "19": "黎", "20": "傈僳", "21": "佤",
    "22": "畲", "23": "高山", "24": "拉祜", "25": "水", "26": "东乡", "27": "纳西", "28": "景颇",
    "29": "柯尔克孜", "30": "土", "31": "达斡尔", "32": "仫佬", "33": "羌", "34": "布朗",
    "35": "撒拉", "36": "毛南", "37": "仡佬", "38": "锡伯", "39": "阿昌", "40": "普米",
    "41": "塔吉克", "42": "怒", "43": "乌孜别克", "44": "俄罗斯", "45": "鄂温克", "46": "德昂",
    "47": "保安", "48": "裕固", "49": "京", "50": "塔塔尔", "51": "独龙", "52": "鄂伦春",
    "53": "赫哲", "54": "门巴", "55": "珞巴", "56": "基诺", "81": "穿青人", "97": "其他",
    "98": "外国血统中国籍人士",
}  # fmt: skip
"""GB/T 3304, with 81 as seen on cards. Cards carry codes that no public table has: look up with `get`."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, ISO 7064 MOD 11-2


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def number_holds(number: str) -> bool:
    """Whether an 18-character number (also 81-83 and 9-prefixed) ends in its right check character."""
    if len(number) != 18 or not _is_digits(number[:17]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17] == "10X98765432"[total % 11]


def passport_style_check(body: str) -> str:
    """The check digit of a 2017 foreigner's number: letters as 10 to 35, weights 7, 3, 1, modulo 10.

    `body` is the number's first 14 characters; raises ValueError where one is no letter or digit.
    """
    return str(sum(int(character, 36) * (7, 3, 1)[at % 3] for at, character in enumerate(body)) % 10)


def number_2017_holds(number: str) -> bool:
    """Whether a 15-character number of a 2017 foreigner's card ends in its right check digit."""
    if len(number) != 15 or not (number.isascii() and number.isalnum()):
        return False
    return number[14] == passport_style_check(number[:14])


def previous_number(nationality: str, number: str, link: str) -> str | None:
    """The 2017 number that a 2023 card replaces; None where the card links to none, or the parts are no
    parts.

    `link` is the card's three-character link item.
    """
    parts = nationality + number + link
    if (len(nationality), len(number), len(link)) != (3, 18, 3) or not (parts.isascii() and parts.isalnum()):
        return None
    body = nationality + number[1:3] + link[0:2] + number[8:14] + link[2]
    return body + passport_style_check(body)
