/* Names from strangers in a DN: what a template makes of them, the library
   reads as one part with that value. */
#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#include "dn.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
print(const char *text)
{
	const struct farm_series names = { "f", "c", text, "p", "" };
	struct buffer b = BUFFER_INIT;
	struct dn_plan plan;
	struct error err;

	if (dn_plan_parse(&plan, text, &err) != 0)
		return;
	for (size_t i = 0; i < plan.n; i++)
		dn_put_level(&b, &plan.levels[i], &names);
	buffer_free(&b);
	dn_plan_free(&plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct buffer b = BUFFER_INIT;
	char *text = strndup((const char *)bytes, size);
	LDAPDN dn = NULL;

	if (text == NULL || size > 4096) {
		free(text);
		return 0;
	}
	print(text);
	buffer_puts(&b, "cn=");
	dn_put_value(&b, text, strlen(text));
	if (*text != '\0' && (ldap_str2dn(buffer_text(&b), &dn,
				  LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS ||
				 dn[0][0]->la_value.bv_len != strlen(text) ||
				 dn[0][1] != NULL || dn[1] != NULL))
		abort();
	ldap_dnfree(dn);
	buffer_free(&b);
	free(text);
	return 0;
}
