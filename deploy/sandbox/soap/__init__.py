"""A department that is not behind the gateway: the police's migration service, which speaks SOAP.

A process of its own, with TLS by the sandbox's authority. It is written without any SOAP library and
shares nothing with the agent's adapter but the WSDL, of which each has its own copy.
"""
