"""`socle ledger check`: whether the books agree with payments and refunds, and what is still open."""

from pathlib import Path

from core.payments.ports import LedgerFault, OpenReport
from socle.composition import compose
from socle.databases import database_urls
from socle.installation import load


async def check(home: Path) -> tuple[list[str], bool]:
    """Examine the books: what is to be printed, and whether everything agrees."""
    loaded = load(home)
    with database_urls(loaded) as urls:
        composition = compose(loaded, urls)
        async with composition.running():
            reconciliation = composition.payments.reconciliation
            faults = await reconciliation.faults()
            opened = await reconciliation.open()
            balances = await reconciliation.balances()
    lines = [f"{account:<32} {currency} {amount:>18}" for (account, currency), amount in balances.items()]
    return [*lines, *open_lines(opened), *fault_lines(faults)], not faults


def open_lines(report: OpenReport) -> list[str]:
    """What is not settled, and what people must look at, a sentence each."""
    lines = [f"{count} attempts are {state}." for state, count in sorted(report.attempts.items())]
    lines += [f"{count} refunds are {state}." for state, count in sorted(report.refunds.items())]
    if report.oldest is not None:
        lines.append(f"The oldest of them is of {report.oldest:%Y-%m-%d %H:%M:%S %Z}.")
    return [*lines, *escalation_lines(report)]


def escalation_lines(report: OpenReport) -> list[str]:
    """What people must look at, a sentence each."""
    return [f"The {kind} {key} needs to be looked at: {fault}." for kind, key, fault in report.escalated]


def fault_lines(faults: list[LedgerFault]) -> list[str]:
    """What does not agree, a sentence each."""
    return [f"The books do not agree: {fault.check}: {fault.detail}." for fault in faults]
