"""Synthetic networks in the published folder format, made from measured facts. No TensorFlow."""
