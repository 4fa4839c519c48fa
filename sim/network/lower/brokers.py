"""Brokers: channels and subscriptions belong to the family of their broker, and each family is lowered in a file of its own.

    broker events (kind log)     <-- topic order.placed <-- subscription billing      all three are lowered by log.py
    broker rabbit (kind queue)   <-- queue mail         <-- subscription mailer       all three are lowered by queue.py

A channel is a topic or a queue.

`subscribe` and `append` are dispatched on the broker's class; a new family registers one of each in its own file. A
broker that extends a registered class is lowered as one of its family, unless it has a setting that the family does not know.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from sim.errors import UnsupportedError
from sim.registry import kind_of

if TYPE_CHECKING:
    from typing import Any, NoReturn

    from sim.network.compiler import Compiler
    from sim.scenario.kinds import Broker
    from sim.scenario.subscriptions import Reader


def number_channels(compiler: Compiler) -> None:
    """Give each channel its number. Raises `UnsupportedError` for a broker that nothing is registered for."""
    for name, broker in compiler.scenario.brokers.items():
        _check_family(broker, name)
        for channel in broker.channels:
            compiler.channel_numbers[channel] = len(compiler.channel_numbers)
            compiler.channel_brokers[channel] = name


def lower_subscriptions(compiler: Compiler) -> None:
    """Append the rows of all subscriptions; channels have their numbers."""
    for name, subscription in compiler.scenario.subscriptions.items():
        broker = compiler.scenario.brokers[compiler.channel_brokers[subscription.channel]]
        subscribe(broker, compiler, name, subscription)


def lower_brokers(compiler: Compiler) -> None:
    """Append the rows of all channels; subscriptions have their rows."""
    for name, broker in compiler.scenario.brokers.items():
        append(broker, compiler, name)


@singledispatch
def subscribe(
    broker: Broker,
    compiler: Compiler,  # noqa: ARG001 - what is registered uses the compiler
    name: str,
    subscription: Reader,  # noqa: ARG001 - the same
) -> None:
    """Append the row of a subscription to a channel of a broker."""
    _refuse(broker, f"subscriptions.{name}")


@singledispatch
def append(broker: Broker, compiler: Compiler, name: str) -> None:  # noqa: ARG001 - the same
    """Append the rows of a broker's channels."""
    _refuse(broker, f"brokers.{name}")


def _refuse(broker: Broker, place: str) -> NoReturn:
    known = ", ".join(sorted(str(kind_of(cls)) for cls in append.registry if cls is not object))
    message = f"{place}: no engine knows the broker kind {kind_of(broker)!r}; write one of: {known}"
    raise UnsupportedError(message)


def _check_family(broker: Broker, name: str) -> None:
    """Refuse a broker of no family, and settings beyond those of the class that it extends: nothing would honour them."""
    family: type[Any] = next(cls for cls in type(broker).__mro__ if cls in append.registry)
    if family is object:
        _refuse(broker, f"brokers.{name}")
    beyond = [setting for setting in type(broker).model_fields if setting not in family.model_fields]
    if beyond:
        message = f"brokers.{name}: no engine knows {', '.join(beyond)} of the broker kind {kind_of(broker)!r}; "
        raise UnsupportedError(message + f"take the kind {kind_of(family)!r}, which has no such setting")
