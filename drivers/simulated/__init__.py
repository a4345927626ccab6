"""Simulated devices for an agent that has no hardware, chosen in its configuration: ``driver = "simulated"``.

In memory (`drivers.simulated.memory`), or byte by byte: the simulator beside the driver as a process of its
own, and the usual driver on its line. Either may be given a script of faults. No part of a field build; the
agent imports this by name. See docs/simulated-devices.md.
"""

from drivers.simulated.faults import FAULTS
from drivers.simulated.script import Fault
from drivers.simulated.simulation import Simulation

__all__ = ["FAULTS", "Fault", "Simulation"]
