"""Fictional people for tests; numbers that no real person can have, with right check digits."""

from __future__ import annotations

from deploy.demo.city import Resident

LAN = Resident(
    id="p-lan",
    name="兰试样",
    id_number="120199194403080029",
    birth="1944-03-08",
    card_type="resident",
    card={"layout": "resident", "name": "兰试样"},
    address="天津市和平区演示街道示范里1号",
    mobile="19900000001",
    bank_card=None,
)
MEI = Resident(
    id="p-mei",
    name="梅试样",
    id_number="120199194001010044",
    birth="1940-01-01",
    card_type="resident",
    card={"layout": "resident", "name": "梅试样"},
    address="天津市南开区演示街道示范里2号",
    mobile="19900000002",
    bank_card="6200001234567890128",
)
