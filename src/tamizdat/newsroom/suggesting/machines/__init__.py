"""Machines that translate: one small port, and a file for each service."""
