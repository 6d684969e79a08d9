"""How much a fleet carries: loss formulas, simulation and room for updates."""
