/*
 * The partitions by name, the slots included, and the bootloader's choice of slot. The SDK's own modules
 * find no partition of code by its name, and start only an image that was written through them.
 */
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#include <string.h>

#include "app_update/include/esp_ota_ops.h"
#include "esp_partition.h"

/* What flash encryption encrypts at a time. */
#define UNIT 16

static const esp_partition_t *partitionOf(xsMachine *the, xsSlot *name)
{
	const char *label = xsmcToString(*name);
	const esp_partition_t *found = esp_partition_find_first(
		ESP_PARTITION_TYPE_ANY, ESP_PARTITION_SUBTYPE_ANY, label);
	if (!found)
		xsUnknownError("flash: no such partition");
	return found;
}

/* A place in the partition, checked. */
static uint32_t placeOf(xsMachine *the, const esp_partition_t *partition, xsSlot *slot, uint32_t length)
{
	double at = xsmcToNumber(*slot);
	if (!(at >= 0 && at + length <= partition->size))
		xsRangeError("flash: outside of the partition");
	return (uint32_t)at;
}

static uint32_t lengthOf(xsMachine *the, xsSlot *slot, uint32_t most)
{
	double length = xsmcToNumber(*slot);
	if (!(length >= 0 && length <= most))
		xsRangeError("flash: no such length");
	return (uint32_t)length;
}

/* Bytes of the partition. */
void xs_flash_size(xsMachine *the)
{
	xsmcSetNumber(xsResult, partitionOf(the, &xsArg(0))->size);
}

/*
 * An erased unit reads as 0xFF, encrypted or not. Decrypted, it would be noise, and storage could not tell
 * where its log ends; that a written unit is all 0xFF in the flash has a chance of one in 2^128.
 */
static esp_err_t showErased(const esp_partition_t *partition, uint32_t at, uint8_t *bytes, uint32_t length)
{
	uint8_t raw[8 * UNIT];
	uint32_t start = at & ~(uint32_t)(UNIT - 1);
	for (; start < at + length; start += sizeof raw) {
		uint32_t size = partition->size - start < sizeof raw ? partition->size - start : sizeof raw;
		esp_err_t failed = esp_partition_read_raw(partition, start, raw, size);
		if (failed != ESP_OK)
			return failed;
		for (uint32_t byte = 0; byte < size; byte++) {
			const uint8_t *unit = raw + (byte & ~(uint32_t)(UNIT - 1));
			uint32_t place = start + byte;
			if (place < at || place >= at + length || unit[0] != 0xff)
				continue;
			if (memcmp(unit, unit + 1, UNIT - 1) == 0)
				bytes[place - at] = 0xff;
		}
	}
	return ESP_OK;
}

/* Name, length, offset. */
void xs_flash_read(xsMachine *the)
{
	const esp_partition_t *partition = partitionOf(the, &xsArg(0));
	uint32_t length = lengthOf(the, &xsArg(1), partition->size);
	uint32_t at = placeOf(the, partition, &xsArg(2), length);
	uint8_t *bytes = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)length);
	esp_err_t failed = length ? esp_partition_read(partition, at, bytes, length) : ESP_OK;
	if (failed == ESP_OK && partition->encrypted && partition->type == ESP_PARTITION_TYPE_DATA)
		failed = showErased(partition, at, bytes, length);
	if (failed != ESP_OK)
		xsUnknownError("flash: cannot be read");
}

/* Name, bytes, offset. In flash that is encrypted, whole units at their places. */
void xs_flash_write(xsMachine *the)
{
	const esp_partition_t *partition = partitionOf(the, &xsArg(0));
	void *bytes;
	xsUnsignedValue length;
	uint32_t at;
	xsmcGetBufferReadable(xsArg(1), &bytes, &length);
	at = placeOf(the, partition, &xsArg(2), length);
	if (esp_partition_write(partition, at, bytes, length) != ESP_OK)
		xsUnknownError("flash: cannot be written");
}

/* Name, first block, block after the last. */
void xs_flash_erase(xsMachine *the)
{
	const esp_partition_t *partition = partitionOf(the, &xsArg(0));
	uint32_t blocks = partition->size / partition->erase_size;
	uint32_t start = lengthOf(the, &xsArg(1), blocks);
	uint32_t end = lengthOf(the, &xsArg(2), blocks);
	if (start > end)
		xsRangeError("flash: no such blocks");
	if (start < end
		&& esp_partition_erase_range(partition, start * partition->erase_size,
			(end - start) * partition->erase_size) != ESP_OK)
		xsUnknownError("flash: cannot be erased");
}

/* The bootloader starts this slot next, on trial, when it is an image that it would run: its digest is
 * checked here, and its signature, too, where secure boot is on. */
void xs_flash_boot_next(xsMachine *the)
{
	if (esp_ota_set_boot_partition(partitionOf(the, &xsArg(0))) != ESP_OK)
		xsUnknownError("update: the bootloader would not start it");
}
