"""Programs sign in to Ephor by Microsoft's own library for Python (`azure-identity`), over TLS and with its authority
on Ephor, by a secret and by a certificate; `msgraph-sdk` uses what they get.

Reads where the server is, and which application it is, from the environment.
"""

import asyncio
import os

import httpx
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import CertificateCredential, ClientSecretCredential
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.graph_request_adapter import options
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_core import GraphClientFactory

URL = os.environ["EPHOR_URL"]
SCOPE = f"{URL}/.default"
ON_EPHOR = {
    "authority": URL,
    "disable_instance_discovery": True,
    "connection_verify": os.environ["EPHOR_CA"],
}


def client(credential):
    """Microsoft's client, with Ephor in the place of Graph."""
    http = GraphClientFactory.create_with_default_middleware(
        client=httpx.AsyncClient(verify=os.environ["EPHOR_CA"]), options=options, host=URL
    )
    provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=["localhost"])
    adapter = GraphRequestAdapter(provider, client=http)
    adapter.base_url = f"{URL}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


async def acts(name, credential):
    async with credential:
        token = await credential.get_token(SCOPE)
        assert token.token.count(".") == 2
        graph = client(credential)
        groups = await graph.groups.get()
        assert groups.value, "there are groups"
        try:
            await graph.users.get()
        except ODataError as error:
            assert error.response_status_code == 403, error
        else:
            raise AssertionError("it may not read users")
    print(f"ok: {name}")


async def main():
    tenant = "contoso.example"
    await acts(
        "a program signs in by its secret",
        ClientSecretCredential(tenant, os.environ["EPHOR_CLIENT_ID"], os.environ["EPHOR_CLIENT_SECRET"], **ON_EPHOR),
    )
    await acts(
        "a program signs in by its certificate",
        CertificateCredential(
            tenant, os.environ["EPHOR_CERTIFICATE_CLIENT_ID"], os.environ["EPHOR_CERTIFICATE"], **ON_EPHOR
        ),
    )
    wrong = ClientSecretCredential(tenant, os.environ["EPHOR_CLIENT_ID"], "not the secret", **ON_EPHOR)
    async with wrong:
        try:
            await wrong.get_token(SCOPE)
        except ClientAuthenticationError as error:
            assert "invalid_client" in str(error), error
        else:
            raise AssertionError("a wrong secret signs nobody in")
    print("ok: a wrong secret is refused")


asyncio.run(main())
