"""Notices become messages here: rendered from sandboxed templates and handed to a mailbox folder or a
gateway.
"""
