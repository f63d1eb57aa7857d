"""Where network and callback meet: training, the demo, and what both need."""
