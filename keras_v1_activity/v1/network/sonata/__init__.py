"""Networks as the Allen Institute and bmtk ship them: SONATA folders."""
