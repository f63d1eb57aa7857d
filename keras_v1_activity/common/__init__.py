"""What every room may use: checks of arguments, whole files, units."""
