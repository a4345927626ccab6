"""Back ends that are not JSON: an adapter carries out operations of the contract for the items it is given.

Which items, and by which adapter, says the configuration ([gateway.adapters."item"]). An item without
one is asked of the gateway. What an adapter is written in (SOAP, a message queue, a file drop) is its
own affair: operations go in, outcomes come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kiosk.clock import Clock
from kiosk.config import PoliceMigration
from kiosk.gateway.outcomes import Outcome


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One operation for an adapter. `body` is in the contract's shape; `key` is the Idempotency-Key, if one
    is due. Its repr shows nothing: the body is a citizen's."""

    operation: str
    item: str
    body: Mapping[str, Any]
    key: str | None


class Adapter(Protocol):
    """Speaks to one back end. Called from several threads; it neither retries nor raises."""

    @property
    def operations(self) -> frozenset[str]:
        """The operationIds that it carries out; all others of its item go to the gateway."""
        ...

    def carry_out(self, asked: Asked, deadline: float) -> Outcome:
        """Once, within `deadline` seconds. Data of Ok has the shape of the contract, words of a Problem are
        the citizen's. The same key and body again have to take effect once."""
        ...


Adapters = Mapping[str, Adapter]
"""By item code."""


def made(settings: Mapping[str, PoliceMigration], clock: Clock) -> Adapters:
    """The adapters that the configuration names. What they need is imported only when one is named.

    Raises PinError for a CA file, KeyFileError for a licence file.
    """
    found: dict[str, Adapter] = {}
    for item, one in settings.items():
        from kiosk.gateway.adapters import migration  # noqa: PLC0415 - zeep and lxml cost 10 MB

        found[item] = migration.from_settings(one, clock)
    return found
