"""Drawing beside the training: a process of its own that makes the pictures of stored looks."""
