"""Online Boutique, synchronous and without faults, as a competent SimPy user writes it.

    clients --> frontend --> checkout --> cart, product, currency, shipping, payment, e-mail
                        '--> product, currency, cart, recommendations, ads, shipping

The same services, calls, times, timeouts and load as `scenarios/online-boutique/sync.yaml`, typed in by hand as a user
would: a generator per operation, a process per attempt, a `simpy.Resource` per replica, `yield attempt | timeout`.
Run alone: `python benchmarks/idiomatic_boutique.py --seconds 20 --seed 1`; prints one line of JSON.
"""


from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import simpy
from memory import peak_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Steps = Generator[Any, Any, None]

HOP_S = 0.002
REDIS_HOP_S = 0.0002
# service: (replicas, workers, longest queue)
SERVICES = {
    "frontend": (2, 20, 100),
    "checkout": (2, 5, 200),
    "payment": (2, 1, 100),
    "shipping": (1, 2, 100),
    "email": (1, 2, 100),
    "cart": (1, 4, 100),
    "redis": (1, 1, math.inf),
    "product": (2, 5, 100),
    "currency": (2, 3, 100),
    "recommendation": (1, 4, 100),
    "ad": (1, 5, 100),
}
Z99 = 2.3263478740408408  # the 99th percentile of the standard normal


def by_quantiles(median_ms: float, p99_ms: float) -> tuple[float, float]:
    """Return the lognormal's (mu, sigma) for a median and a 99th percentile."""
    return math.log(median_ms / 1e3), math.log(p99_ms / median_ms) / Z99


def by_moments(mean_ms: float, cv: float) -> tuple[float, float]:
    """Return the lognormal's (mu, sigma) for a mean and a coefficient of variation."""
    sigma = math.sqrt(math.log(1 + cv * cv))
    return math.log(mean_ms / 1e3) - sigma * sigma / 2, sigma


# operation: (mu, sigma) of its lognormal work in seconds
WORK = {
    "page": by_quantiles(0.797, 1.404),
    "set_currency": by_quantiles(0.228, 0.306),
    "place_order": by_quantiles(2.87, 83),
    "charge": by_quantiles(5.77, 53.1),
    "get_quote": by_moments(0.461, 0.47),
    "ship_order": by_quantiles(2.78, 31.4),
    "send_confirmation": by_quantiles(3.84, 60.3),
    "get_cart": by_quantiles(0.82, 2.19),
    "add_item": by_quantiles(1.57, 4.17),
    "empty_cart": by_quantiles(2.48, 71.6),
    "get_product": by_moments(3.623, 1.23),
    "list_products": by_moments(3.71, 0.81),
    "convert": by_moments(4.612, 4.12),
    "get_currencies": by_moments(0.689, 2.27),
    "list_recommendations": by_quantiles(0.594, 1.075),
    "get_ads": by_quantiles(13.059, 58.436),
}
RATES_PER_S = {"home": 10, "product": 100, "view_cart": 30, "add_to_cart": 20, "set_currency": 20, "checkout": 25}


class CallError(Exception):
    """A call was rejected, timed out, or failed downstream."""


class Shop:
    """The services and what each does."""

    def __init__(self, seed: int) -> None:
        """Prepare the shop, empty."""
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.replicas = {
            name: [simpy.Resource(self.env, capacity=workers) for _ in range(replicas)]
            for name, (replicas, workers, _) in SERVICES.items()
        }
        self.turn = {name: count() for name in SERVICES}
        self.calls = 0
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.latency_s = dict.fromkeys(RATES_PER_S, 0.0)

    def work(self, operation: str) -> simpy.Event:
        """Work on an operation for a random time."""
        return self.env.timeout(self.random.lognormvariate(*WORK[operation]))

    def attempt(self, service: str, handler: Callable[[], Steps], hop_s: float) -> Generator[Any, Any, bool]:
        """One attempt: there, a worker of the next replica in turn, the handler, and back; False if it failed."""
        self.calls += 1
        yield self.env.timeout(hop_s)
        replica = self.replicas[service][next(self.turn[service]) % len(self.replicas[service])]
        succeeded = False
        if len(replica.queue) < SERVICES[service][2]:
            with replica.request() as worker:
                yield worker
                with suppress(CallError):
                    yield from handler()
                    succeeded = True
        yield self.env.timeout(hop_s)
        return succeeded

    def call(
        self, service: str, handler: Callable[[], Steps], *, tries: int = 3, timeout_s: float = 1, hop_s: float = HOP_S,
    ) -> Steps:
        """Call a service and wait; raise CallError when the last attempt has failed too."""
        for tried in range(tries):
            if tried:
                yield self.env.timeout(self.random.uniform(0, min(1.0, 0.05 * 2 ** (tried - 1))))
            attempt = self.env.process(self.attempt(service, handler, hop_s))
            yield attempt | self.env.timeout(timeout_s)
            if attempt.triggered and attempt.value:
                return
        raise CallError(service)

    def optional(self, call: Steps) -> Steps:
        """Make a call whose failure does not matter."""
        with suppress(CallError):
            yield from call

    # -- what the services do

    def simple(self, operation: str) -> Callable[[], Steps]:
        """Return a handler that only works."""

        def handler() -> Steps:
            yield self.work(operation)

        return handler

    def redis(self) -> Steps:
        """Read or write the cart."""
        yield self.env.timeout(0.0001)

    def cart(self, operation: str) -> Callable[[], Steps]:
        """Return a handler that works, then asks redis."""

        def handler() -> Steps:
            yield self.work(operation)
            yield from self.call("redis", self.redis, tries=1, hop_s=REDIS_HOP_S)

        return handler

    def list_recommendations(self) -> Steps:
        """Recommend products, from the list of all."""
        yield self.work("list_recommendations")
        yield from self.call("product", self.simple("list_products"))

    def products(self, number: int) -> Steps:
        """Get products one after another."""
        for _ in range(number):
            yield from self.call("product", self.simple("get_product"))

    def convert(self, number: int = 1) -> Steps:
        """Convert prices one after another."""
        for _ in range(number):
            yield from self.call("currency", self.simple("convert"))

    def lines(self, number: int, share_of_one_more: float) -> Steps:
        """Price each line of a cart."""
        for _ in range(number + (self.random.random() < share_of_one_more)):
            yield from self.products(1)
            yield from self.convert()

    def place_order(self) -> Steps:
        """Place an order: prepare, charge, ship, empty the cart, confirm."""
        yield self.work("place_order")
        yield from self.call("cart", self.cart("get_cart"))
        yield from self.lines(2, 0.56)
        yield from self.call("shipping", self.simple("get_quote"))
        yield from self.convert()
        yield from self.call("payment", self.simple("charge"))
        yield from self.call("shipping", self.simple("ship_order"), tries=1)
        yield from self.optional(self.call("cart", self.cart("empty_cart"), tries=1))
        yield from self.optional(self.call("email", self.simple("send_confirmation"), tries=1))

    # -- the pages

    def home(self) -> Steps:
        """Show the home page."""
        yield self.work("page")
        yield from self.call("currency", self.simple("get_currencies"))
        yield from self.call("product", self.simple("list_products"))
        yield from self.call("cart", self.cart("get_cart"))
        yield from self.convert(9)
        yield from self.optional(self.call("ad", self.simple("get_ads"), tries=1))

    def product(self) -> Steps:
        """Show a product."""
        yield self.work("page")
        yield from self.products(1)
        yield from self.call("currency", self.simple("get_currencies"))
        yield from self.call("cart", self.cart("get_cart"))
        yield from self.convert()
        yield from self.call("recommendation", self.list_recommendations)
        yield from self.products(5)
        yield from self.optional(self.call("ad", self.simple("get_ads"), tries=1))

    def view_cart(self) -> Steps:
        """Show the cart."""
        yield self.work("page")
        yield from self.call("currency", self.simple("get_currencies"))
        yield from self.call("cart", self.cart("get_cart"))
        yield from self.call("recommendation", self.list_recommendations)
        yield from self.products(5)
        yield from self.call("shipping", self.simple("get_quote"))
        yield from self.convert()
        yield from self.lines(1, 0.88)

    def add_to_cart(self) -> Steps:
        """Add a product to the cart."""
        yield self.work("page")
        yield from self.products(1)
        yield from self.call("cart", self.cart("add_item"), tries=1)

    def set_currency(self) -> Steps:
        """Remember a currency."""
        yield self.work("set_currency")

    def checkout(self) -> Steps:
        """Place an order and show it."""
        yield self.work("page")
        yield from self.call("checkout", self.place_order, tries=1, timeout_s=4)
        yield from self.optional(self.call("recommendation", self.list_recommendations, tries=1))
        yield from self.products(5)
        yield from self.call("currency", self.simple("get_currencies"))

    # -- the clients

    def client(self, flow: str) -> Steps:
        """One client: ask for a page, wait at most 5 s."""
        start = self.env.now
        try:
            yield from self.call("frontend", getattr(self, flow), tries=1, timeout_s=5)
        except CallError:
            self.failed[flow] += 1
        else:
            self.done[flow] += 1
            self.latency_s[flow] += self.env.now - start

    def arrivals(self, flow: str, rate_per_s: float) -> Steps:
        """Start clients at the instants of a Poisson process."""
        while True:
            yield self.env.timeout(self.random.expovariate(rate_per_s))
            self.env.process(self.client(flow))


def measure(seconds: float, seed: int) -> dict[str, Any]:
    """Run the shop for a time once and return its figures (seconds are wall time, latencies are in ms)."""
    shop = Shop(seed)
    for flow, rate_per_s in RATES_PER_S.items():
        shop.env.process(shop.arrivals(flow, rate_per_s))
    began = time.perf_counter()
    shop.env.run(until=seconds)
    wall_s = time.perf_counter() - began
    return {
        "requests": sum(shop.done.values()) + sum(shop.failed.values()),
        "failed": sum(shop.failed.values()),
        "calls": shop.calls,
        "mean_ms": 1e3 * shop.latency_s["checkout"] / max(1, shop.done["checkout"]),
        "wall_s": wall_s,
        "simulated_s_per_s": seconds / wall_s,
        "memory_mb": peak_mb(),
    }


def main() -> None:
    """Command line: print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(measure(given.seconds, given.seed)))


if __name__ == "__main__":
    main()
