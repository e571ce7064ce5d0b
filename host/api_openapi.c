/* The API's own description, docs/openapi.json as the build found it. */
#include "api.h"

static const unsigned char description[] = {
#include "openapi.inc"
};

void
api_openapi(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	(void)farm;
	(void)request;
	buffer_put(&reply->body, description, sizeof(description));
}
