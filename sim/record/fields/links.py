"""What is counted of links that are more than a delay (`sim.record.links`): what crosses them, and what faults do to it."""

from sim.record.families import Family

LINKS = Family("links", one="link")
LINK_REQUESTS = LINKS.counter("requests")  # that were sent
LINK_ANSWERS = LINKS.counter("answers")
LINK_REQUESTS_LOST = LINKS.counter("requests_lost")
LINK_ANSWERS_LOST = LINKS.counter("answers_lost")
LINK_STRUCK = LINKS.counter("struck")  # requests and answers that were sent while a fault struck them
LINK_DOUBLED = LINKS.counter("doubled")  # requests that came twice
