"""What the network is shown: images, LGN responses, trials in time."""
