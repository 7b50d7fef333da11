"""Requests and answers in the protocol of their service: what a service cannot take never reaches it.

dispatch    between the gate and a service
documents   a body unpacked within bounds, JSON that fits its operation, plain XML
forms       a form of the query protocol, against the service model
shapes      what JSON holds, against the service model
models      the service and the operation of a request
failure     a request that a service does not understand after all
listings    keys that no XML may hold
absence     a service or an operation that is not here
"""
