"""Faults on demand: what goes wrong between a gateway and its clients, each one small entry of a catalogue."""
