"""The portal: pages for companies, safety officers and the range, over the same services as the API."""
