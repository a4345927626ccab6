"""The set-up that `make demo`, `make test` and `make bench` do by themselves.

It is run by the machine's own Python before there is a virtual environment, so nothing here
imports anything but the standard library.

machine.py      what the set-up may ask of this machine and do to it
debian.py       which Debian packages are needed, why, and how they get here
environment.py  .venv: made, filled with the pinned wheels, and known to be up to date
node.py         the second OpenID provider of the tests, from npm
pins.py         writes deploy/requirements from pyproject.toml (`make pins`)
"""
