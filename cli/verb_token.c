/* farmctl token: a new token for somebody who asks over the network. */
#include <string.h>

#include "cli.h"
#include "token.h"

static int
run_token(const struct cli *cli, int argc, char **argv)
{
	struct buffer token = BUFFER_INIT;
	struct buffer out = BUFFER_INIT;
	struct token_digest digest;
	struct error err = { "the digest cannot be made" };
	bool json = cli->format == FORMAT_JSON;
	int code;

	(void)argc;
	(void)argv;
	if (token_new(&token, &err) < 0 ||
	    token_digest(buffer_text(&token), &digest) < 0) {
		code = cli_fail(cli, CLI_FAILED, "%s", err.text);
	} else {
		buffer_printf(&out,
		    json ? "{\"token\":\"%s\",\"digest\":\""
			 : "token   %s\ndigest  ",
		    buffer_text(&token));
		token_print(&out, &digest);
		buffer_puts(&out, json ? "\"}\n" : "\n");
		code = cli_print(&out);
	}
	if (token.data != NULL)
		explicit_bzero(token.data, token.size);
	buffer_free(&token);
	return code;
}

const struct verb verb_token = {
	.name = "token",
	.arguments = "",
	.summary = "make a token for a class of users",
	.help = "The token is for the user, and is kept nowhere; its digest "
		"stands in the\nconfiguration, in access: CLASS: tokens.\n",
	.options = "j",
	.run = run_token,
};
