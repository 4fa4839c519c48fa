"""eventflow: the event-flow simulation and chaos testing toolkit."""
