"""Call sites: each place that calls has a row of its own with its policies; calls of one caller to one operation share an edge.

    call: {call: payment.charge, timeout: 1s, retry: ...}  ->  site (operation, edge, timeout, hop, retry, streams)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.model import Site

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.steps import Call


def lower_call(call: Call, compiler: Compiler, caller: str) -> int:
    """Append the site of a call; returns its number. The draws of an attempt belong to the operation that is called."""
    callee = call.call
    retry, retry_at = compiler.retry(call.retry)
    compiler.sites.append(
        Site(
            operation=compiler.operation_numbers[callee],
            service=compiler.service_of(callee),
            edge=compiler.edge(caller, callee),
            timeout=call.timeout or 0,
            hop=compiler.distribution(call.hop if call.hop is not None else compiler.scenario.network.hop),
            request_stream=compiler.stream(f"{callee}:hop.request"),
            reply_stream=compiler.stream(f"{callee}:hop.reply"),
            retry=retry,
            retry_at=retry_at,
            retry_stream=compiler.stream(f"{callee}:retry"),
            balance_stream=compiler.stream(f"{callee}:balance"),
            optional=call.optional,
        )
    )
    return len(compiler.sites) - 1
