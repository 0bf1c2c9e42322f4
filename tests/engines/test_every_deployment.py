"""What the official clients ask of any deployment, old and new, asked of three at one server."""

import pytest

from wire import test_openai_1_40, test_openai_client, test_responses

pytestmark = pytest.mark.engine

test_a_whole_answer = test_openai_client.test_a_whole_answer
test_a_streamed_answer = test_openai_client.test_a_streamed_answer
test_replies_fit_the_client = test_openai_client.test_replies_fit_the_types_of_the_client_strictly
test_the_azure_client = test_openai_client.test_the_azure_client
test_a_whole_response = test_responses.test_a_whole_answer
test_a_streamed_response = test_responses.test_a_streamed_answer
test_responses_of_azure_clients = test_responses.test_azure_clients
test_the_client_of_2024 = test_openai_1_40.test_openai_1_40_in_every_dialect
