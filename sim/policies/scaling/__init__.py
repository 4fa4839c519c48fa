"""Autoscalers: how many replicas a service has, by what is measured of them. One file per kind."""
