"""Indicators on a chart: which ones, with which settings, where; computed by an engine that is handed in."""
