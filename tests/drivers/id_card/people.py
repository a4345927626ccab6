"""Fictional people, one a layout, as orders to the simulator. Numbers are the specimens of the standard and
of the immigration bureau, or made up with a right check character."""

from __future__ import annotations

RESIDENT = {
    "layout": "resident",
    "name": "虚构·测试人",
    "sex": "2",
    "nation": "01",
    "birth": "19491231",
    "address": "天津市虚构区测试路１２号３门",
    "id_number": "11010519491231002X",
    "issuer": "天津市公安局虚构分局",
    "valid_from": "20200101",
    "valid_to": "长期",
}
HMT = {
    "layout": "hmt",
    "name": "测试甲",
    "sex": "女",
    "birth": "19940823",
    "address": "天津市虚构区测试道３号",
    "id_number": "810000199408230021",
    "issuer": "天津市公安局",
    "valid_from": "20210101",
    "valid_to": "20260101",
    "pass_number": "H00000000",
    "issue_count": "01",
}
FOREIGN_2017 = {
    "layout": "foreign-2017",
    "english_name": "SPECIMEN, EXAMPLE MIDDLE",
    "sex": "1",
    "id_number": "CAN110081080310",
    "nationality": "CAN",
    "name": "样本",
    "birth": "19810803",
    "valid_from": "20180101",
    "valid_to": "20280101",
    "card_version": "01",
    "authority_code": "1500",
}
FOREIGN_2023 = {
    "layout": "foreign-2023",
    "name": "样本",
    "english_name": "SPECIMEN, EXAMPLE WITH A NAME THAT GOES ON",
    "sex": "2",
    "renew_count": "00",
    "birth": "19810803",
    "id_number": "911124198108030024",
    "nationality": "CAN",
    "valid_from": "20240101",
    "valid_to": "20340101",
    "previous_link": "001",
}
EVERYONE = (RESIDENT, HMT, FOREIGN_2017, FOREIGN_2023)
