"""The demo: a city, a cable, simulated devices and a terminal on this machine, and a dock to act on them.

children.py  processes that end with us            ports.py     free ports
cable.py     the network cable, to be pulled       city.py      the city's control page, asked
terminal.py  the demo terminal's key and settings  demo.py      all of it, started and ended together
screen.py    the kiosk's screen, seen and touched  windows.py   two browser windows, where there is a display
dock/        the page on which one acts

As a library: ``with Demo(folder) as town: ...`` (see `Handles`). Not part of a field build.
"""

from deploy.demo.demo import Demo, DemoRunningError, Handles

__all__ = ["Demo", "DemoRunningError", "Handles"]
