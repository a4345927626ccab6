"""The dock 演示台: the page beside the kiosk page on which one puts cards, pulls cables, sees paper."""

from deploy.demo.dock.server import DockServer

__all__ = ["DockServer"]
