"""A QR code as the content of an inline SVG: no route, no file, nothing kept."""

from __future__ import annotations

import io

import qrcode
from markupsafe import Markup
from qrcode.image.svg import SvgPathImage

QUIET_ZONE = 4
"""Modules of white around the symbol (ISO/IEC 18004, 5.3.8)."""


def qr_svg(data: str, label: str) -> Markup:
    """`data` as an ``<svg>`` of one path, level M, named `label` for those who cannot see it."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE, box_size=10)
    code.add_data(data)
    image = code.make_image(image_factory=SvgPathImage)
    drawn = io.BytesIO()
    image.save(drawn)
    svg = drawn.getvalue().decode()
    path = svg[svg.index("<path") : svg.index("</svg>")]
    # With box_size 10 the factory's unit is one module (tenths of a millimetre by ten).
    side = code.modules_count + 2 * QUIET_ZONE
    return Markup(
        '<svg class="qr" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">{}</svg>'
    ).format(
        label,
        side,
        side,
        Markup(path),  # noqa: S704 - made of coordinates by the library, holds none of `data`
    )
