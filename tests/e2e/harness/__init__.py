"""What the end-to-end tests share: the gateway as a process, origins, clients, certificates, documents."""
