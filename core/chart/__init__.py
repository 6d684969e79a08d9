"""Judging a Helm chart by what it holds and what it renders: paths in its values, and where values end up."""
