"""Reports: tables, plots and readings made from results, never computing any."""
