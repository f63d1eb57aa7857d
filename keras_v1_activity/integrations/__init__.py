"""Recording in the trainers of other projects, each in a module that needs that project."""
