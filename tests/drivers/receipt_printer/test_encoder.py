"""Documents as bytes, read back by the simulator's interpreter, which shares no code with the driver."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Picture
from PIL import ImageChops

from deploy.qr import codes_in
from drivers.receipt_printer import (
    Block,
    Charset,
    Document,
    Feed,
    Image,
    Pair,
    Profile,
    Qr,
    Rule,
    Text,
    load_profile,
    profile_names,
)
from drivers.receipt_printer.document import Size
from drivers.receipt_printer.encoder import Unencodable, encode
from drivers.receipt_printer.fonts import FontChain, system_fonts
from drivers.receipt_printer.profile import QrBy
from drivers.receipt_printer.simulator import rom
from drivers.receipt_printer.simulator.machine import Model
from drivers.receipt_printer.simulator.paper import Piece
from tests.drivers.receipt_printer.test_text import CONTROLS, HIDDEN
from tests.drivers.receipt_printer.world import on_paper

GENERIC = load_profile("generic-80mm-gb18030")


def print_on(name: str, *blocks: Block) -> Piece:
    job = encode(Document(blocks), load_profile(name), system_fonts())
    model = replace(Model.named(name), has_cutter=True)
    # a torn roll is cut here, so that a piece comes out
    return on_paper(bytes(job.data) + (b"\x1dVB\x00" if b"\x1dV" not in job.data else b""), model)


def fields(text: str) -> tuple[Block, ...]:
    return (
        Text(text),
        Text(text, align="center", size=2, bold=True),
        Text(text, align="right", size=3),
        Pair("姓名", text),
        Pair(text, "值"),
        Rule(),
    )


def commands_of(piece: Piece) -> list[str]:
    return [name for name in piece.report["commands"] if not name.startswith("GS v 0")]


@pytest.mark.parametrize("control", CONTROLS + HIDDEN, ids=lambda char: f"{ord(char):04X}")
@pytest.mark.parametrize("profile", ["generic-80mm-gb18030", "epson-80mm-gb18030", "generic-80mm-gb2312"])
def test_no_control_in_any_field_becomes_a_command(control: str, profile: str) -> None:
    """The interpreter sees the template's commands, as many as without the control, and no other."""
    hostile = print_on(profile, *fields(f"张{control}p\x00三{control}@{control}V\x01"))
    harmless = print_on(profile, *fields("张 p三 @ V" if clean_is_space(control) else "张p三@V"))
    assert commands_of(hostile) == commands_of(harmless)
    assert hostile.report["lines"] == harmless.report["lines"]
    assert not [name for name in hostile.report["commands"] if "unknown" in name or "stray" in name]


def clean_is_space(control: str) -> bool:
    return control in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85"


@pytest.mark.parametrize(
    "attack", ["\x1bp\x00\x19\x19", "\x1dV\x00", "\x10\x14\x01\x00\x01", "\x1b@", "\x10\x04\x01"]
)
@pytest.mark.parametrize("profile", profile_names())
def test_known_attacks_are_text(attack: str, profile: str) -> None:
    piece = print_on(profile, *fields("张三" + attack))
    seen = " ".join(piece.report["commands"])
    assert "ESC p" not in seen
    assert "DLE" not in seen
    assert seen.count("GS V") == 1
    assert seen.count("ESC @") == 1


@pytest.mark.parametrize("profile", profile_names())
def test_punctuation_is_printed(profile: str) -> None:
    """Text where the font has it, dots where it has none, never a question mark."""
    piece = print_on(profile, Text("，。《》¥"))
    if load_profile(profile).charset is Charset.NONE:
        assert raster_of(piece) == drawn("，。《》￥")
    else:
        assert piece.report["lines"] == ["，。《》￥"]
    assert piece.report["garbled"] == []


@pytest.mark.parametrize("char", ["䶮", "𠮷", "㛃", "龴", "镕"])
@pytest.mark.parametrize("profile", profile_names())
def test_a_rare_name_comes_out_right(profile: str, char: str) -> None:
    """Either the interpreter decodes the character, or the dots are the font's."""
    piece = print_on(profile, Text(char))
    texts = "".join(piece.report["lines"])
    assert texts == char or raster_of(piece) == drawn(char)
    assert "?" not in texts
    assert piece.report["garbled"] == []


def raster_of(piece: Piece) -> bytes:
    """The inked part of the first bitmap on the paper."""
    item: dict[str, Any] = next(item for item in piece.report["items"] if item["kind"] == "raster")
    part = piece.image.crop((0, item["top"], piece.image.width, item["top"] + item["rows"]))
    return inked(ImageChops.invert(part))


def drawn(text: str) -> bytes:
    """The same characters, rendered here from the system's font, cell by cell."""
    strip = Picture.new("L", (24 * len(text), 24), 0)
    for index, char in enumerate(text):
        strip.paste(rom.glyph(char, 24, bold=False), (24 * index, 0))
    return inked(strip)


def inked(picture: Picture.Image) -> bytes:
    dots = picture.point([0] * 128 + [255] * 128)
    box = dots.getbbox()
    assert box is not None, "blank"
    return dots.crop(box).tobytes()


@pytest.mark.parametrize(
    ("char", "size", "parts"),
    [("Ọ", 1, 2), ("Ị", 1, 2), ("Ẹ", 1, 2), ("Ự", 1, 2), ("Ặ", 1, 3), ("Ễ", 2, 3), ("Ễ", 3, 3)],
)
def test_no_mark_of_a_letter_is_cut_off(char: str, size: Size, parts: int) -> None:
    """Above a capital and below a line a font draws outside of the 24 rows that an ideograph takes."""
    piece = print_on("generic-80mm-gb18030", Text(char, size=size))
    width, data = piece.image.width, ImageChops.invert(piece.image).tobytes()
    inked_rows = [any(data[at : at + width]) for at in range(0, len(data), width)]
    assert sum(now and not before for before, now in pairwise(inked_rows)) == parts


def test_a_line_that_hangs_below_itself_keeps_the_pitch() -> None:
    piece = print_on("generic-80mm-gb18030", Text("𠮷"), Text("x"), Text("𠮷gọ"), Text("y"))
    tops = [item["top"] for item in piece.report["items"]]
    assert [after - before for before, after in pairwise(tops)] == [32, 32, 32]


def test_a_line_with_one_rare_character_is_drawn_whole() -> None:
    piece = print_on("generic-80mm-gb18030", Pair("姓名", "欧阳𠮷"), Pair("性别", "女"))
    assert [item["kind"] for item in piece.report["items"]] == ["raster", "text"]
    assert piece.report["lines"] == ["性别  女"]


def test_without_any_font_a_name_is_its_boxed_code_points() -> None:
    bare = FontChain(roots=())
    job = encode(Document((Text("𠮷"),)), GENERIC, bare)
    piece = on_paper(bytes(job.data), Model())
    assert [item["kind"] for item in piece.report["items"]] == ["raster"]
    assert len(raster_of(piece)) > 60 * 20  # a box eight cells wide, not a blank
    assert bare.missing == ("fonts-noto-cjk", "fonts-hanazono", "fonts-hanazono")


BLOCKS = st.one_of(
    st.builds(
        Text,
        st.text(max_size=80),
        st.sampled_from(["left", "center", "right"]),
        st.sampled_from([1, 2, 3]),
        st.booleans(),
    ),
    st.builds(Pair, st.text(max_size=30), st.text(max_size=80)),
    st.builds(Rule),
    st.builds(Feed, st.integers(1, 5)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, max_size=6), st.sampled_from(profile_names()))
def test_no_line_passes_the_edge_and_no_byte_is_lost(blocks: list[Block], name: str) -> None:
    piece = print_on(name, *blocks)
    assert piece.report["overflows"] == 0
    assert piece.report["garbled"] == []
    assert all(item["dots"] <= load_profile(name).dots for item in piece.report["items"] if "dots" in item)
    assert not [command for command in piece.report["commands"] if "unknown" in command or "stray" in command]
    assert piece.report["commands"].count("ESC @") == 1


@pytest.mark.parametrize("profile", profile_names())
@pytest.mark.parametrize(
    "payload",
    [
        "https://example.test/v/1",
        "TJR1.eyJrIjoic2xpcCJ9." + "aZ09-_" * 40,
        "x" * 990,
        "暂存单 0042",
        "\x10\x04\x01",
    ],
    ids=["url", "signed", "longest", "chinese", "realtime"],
)
def test_a_code_on_the_paper_reads_back_to_the_letter(profile: str, payload: str) -> None:
    piece = print_on(profile, Qr(payload), Text("扫码核验", align="center"))
    (code,) = codes_in(piece.image)
    assert code == payload
    assert "DLE" not in " ".join(piece.report["commands"])
    assert piece.report["overflows"] == 0


def test_both_ways_of_drawing_a_code_give_the_same_dots() -> None:
    pieces = []
    for by in QrBy:
        profile = msgspec.structs.replace(GENERIC, qr=by)
        job = encode(Document((Qr("x" * 100),)), profile, system_fonts())
        pieces.append(on_paper(bytes(job.data), Model()))
    assert inked(ImageChops.invert(pieces[0].image)) == inked(ImageChops.invert(pieces[1].image))
    assert pieces[0].report["qr"] == ["x" * 100]
    assert pieces[1].report["qr"] == []


def test_pixels_never_spell_a_realtime_command() -> None:
    """A row of 10 04, 10 05 and 10 14: without care the printer would answer, recover, kick the drawer."""
    row = bytes.fromhex("1004100510140100011014080103140106020810")
    ink = Picture.frombytes("1", (len(row) * 8, 100), row * 100)
    sink = io.BytesIO()
    ImageChops.invert(ink.convert("L")).save(sink, "PNG")
    piece = print_on("generic-80mm-gb18030", Image(sink.getvalue()))
    assert "DLE" not in " ".join(piece.report["commands"])
    assert [item["rows"] for item in piece.report["items"]] == [32, 32, 32, 4]


def test_a_wide_picture_is_made_to_fit_and_a_narrow_one_is_centred() -> None:
    sink = io.BytesIO()
    Picture.new("L", (1152, 100), 0).save(sink, "PNG")
    piece = print_on("generic-80mm-gb18030", Image(sink.getvalue()))
    assert sum(item["rows"] for item in piece.report["items"]) == 50
    sink = io.BytesIO()
    Picture.new("L", (96, 10), 0).save(sink, "PNG")
    piece = print_on("generic-80mm-gb18030", Image(sink.getvalue()))
    box = ImageChops.invert(piece.image).getbbox()
    assert box is not None
    assert (box[0], box[2]) == (240, 336)


@pytest.mark.parametrize("png", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_broken_picture_is_refused(png: bytes) -> None:
    with pytest.raises(Unencodable, match="PNG"):
        encode(Document((Image(png),)), GENERIC, system_fonts())


@pytest.mark.parametrize("size", [(4000, 4000), (60_000, 60_000), (1, 20_000)])
def test_a_picture_too_large_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    """Also where Pillow refuses it first, and where it is small and its paper would be long."""
    sink = io.BytesIO()
    Picture.new("1", (8, 8), 1).save(sink, "PNG")
    png = bytearray(sink.getvalue())
    png[16:24] = struct.pack(">II", *size)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    with pytest.raises(Unencodable, match="pixels"):
        encode(Document((Image(bytes(png)),)), GENERIC, system_fonts())


def test_a_question_may_stand_at_every_seam() -> None:
    """Between lines, slices and codes; in none of them."""
    blocks = (*fields("欧阳𠮷"), Qr("x" * 100), Feed(2), Text("完"))
    job = encode(Document(blocks), GENERIC, system_fonts())
    asked = bytearray(job.data)
    for seam in reversed(job.seams):
        asked[seam:seam] = b"\x1dr\x01"
    piece = on_paper(bytes(asked), Model())
    plain = on_paper(bytes(job.data), Model())
    assert piece.image.tobytes() == plain.image.tobytes()
    assert piece.report["commands"].count("GS r 1") == len(job.seams) > 10


def test_density_is_sent_where_a_profile_sets_it() -> None:
    assert "GS ( K 49 1" in print_on("ascii-only-80mm", Text("x")).report["commands"]
    assert "GS ( K 49 1" not in print_on("generic-80mm-gb18030", Text("x")).report["commands"]


def test_ascii_is_american_on_a_chinese_printer() -> None:
    assert print_on("generic-80mm-gb18030", Text("$5 \\ ~ #")).report["lines"] == ["$5 \\ ~ #"]


def test_wiping_overwrites_before_it_drops() -> None:
    class Watched(bytearray):
        overwritten = False

        def clear(self) -> None:
            self.overwritten = len(self) > 0 and not any(self)
            super().clear()

    job = encode(Document((Text("李四"),)), GENERIC, system_fonts())
    job.data = data = Watched(job.data)
    job.wipe()
    assert data == b""
    assert data.overwritten


def test_pairs_share_one_value_column_and_hang() -> None:
    piece = print_on(
        "generic-58mm-gb18030", Pair("终端", "T-0042"), Pair("受理单位", "和平区民政局老年人福利科示例窗口")
    )
    assert piece.report["lines"] == [
        "终端      T-0042",
        "受理单位  和平区民政局老年人福利",
        "          科示例窗口",
    ]


def test_a_label_wider_than_its_column_has_its_value_below() -> None:
    piece = print_on("generic-58mm-gb18030", Pair("这一项的名称长得没有道理", "值"))
    assert piece.report["lines"] == ["这一项的名称长得没有道理", "              值"]


def test_large_type_is_large_and_the_largest_on_a_slip() -> None:
    piece = print_on("generic-80mm-gb18030", Text("暂存单", size=3), Text("次要", size=2), Text("正文"))
    assert [item["size"] for item in piece.report["items"]] == [[3, 3], [2, 2], [1, 1]]


def test_the_narrow_paper_is_used_to_its_width() -> None:
    narrow: Profile = load_profile("generic-58mm-gb18030")
    piece = print_on("generic-58mm-gb18030", Rule(), Text("字" * 40))
    assert piece.image.width == narrow.dots == 384
    assert [len(line) for line in piece.report["lines"]] == [16, 16, 16, 8]
