/*
 * Asks p256-check.c: a line of three words in hexadecimal on standard input (signature, message, key; "-"
 * for nothing), a line with 1 or 0 on standard output. "sign", message and scalar: r and s in hexadecimal, or 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p256-check.h"

typedef struct {
	uint8_t *bytes;
	size_t length;
} Bytes;

/* Of exactly its length on the heap, so that a byte read beyond it is found. */
static Bytes bytesOf(const char *word)
{
	Bytes bytes = { NULL, strcmp(word, "-") ? strlen(word) / 2 : 0 };
	bytes.bytes = malloc(bytes.length ? bytes.length : 1);
	if (!bytes.bytes)
		exit(2);
	for (size_t i = 0; i < bytes.length; i++) {
		unsigned value = 0;
		if (sscanf(word + 2 * i, "%2x", &value) != 1)
			exit(2);
		bytes.bytes[i] = (uint8_t)value;
	}
	return bytes;
}

static void sign(Bytes message, Bytes scalar)
{
	uint8_t signature[P256_SIGNATURE_LENGTH];
	if (!p256Sign(message.bytes, message.length, scalar.bytes, scalar.length, signature)) {
		printf("0\n");
		return;
	}
	for (size_t i = 0; i < sizeof signature; i++)
		printf("%02x", signature[i]);
	printf("\n");
}

int main(void)
{
	static char words[3][65536];
	while (scanf("%65535s %65535s %65535s", words[0], words[1], words[2]) == 3) {
		if (!strcmp(words[0], "sign")) {
			Bytes message = bytesOf(words[1]), scalar = bytesOf(words[2]);
			sign(message, scalar);
			free(message.bytes);
			free(scalar.bytes);
			continue;
		}
		Bytes s = bytesOf(words[0]), m = bytesOf(words[1]), k = bytesOf(words[2]);
		printf("%d\n", p256Verify(s.bytes, s.length, m.bytes, m.length, k.bytes, k.length));
		free(s.bytes);
		free(m.bytes);
		free(k.bytes);
	}
	return 0;
}
