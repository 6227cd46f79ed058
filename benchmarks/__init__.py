"""Measurements, as ratios within one run. Absolute figures are this machine's, today."""
