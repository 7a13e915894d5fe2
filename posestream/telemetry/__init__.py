"""How a service is: figures for Prometheus, alive, ready."""
