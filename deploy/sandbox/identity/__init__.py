"""Unified identity 统一身份认证 of the sandbox, on Authlib's server side (contracts/identity.md)."""
