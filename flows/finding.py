"""What is wrong with a flow: where, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a flow."""

    file: str
    line: int
    code: str
    why: str
    remedy: str

    def __str__(self) -> str:
        """One line, clickable in editors."""
        return f"{self.file}:{self.line}: {self.code} {self.why} → {self.remedy}"


class FlowError(ValueError):
    """A flow that is not taken; `findings` say why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def refusal(file: str, line: int, code: str, why: str, remedy: str) -> FlowError:
    """The error of one finding."""
    return FlowError((Finding(file=file, line=line, code=code, why=why, remedy=remedy),))
