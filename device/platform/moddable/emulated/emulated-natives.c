/*
 * The emulated chip's own: OpenCores Ethernet in place of the radio, and the second serial port as
 * the line to the bench. Both are asked, from JavaScript's own task; nothing here calls back.
 */
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#include <string.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "driver/uart.h"
#include "esp_eth.h"
#include "esp_event.h"
#include "esp_netif.h"

#define BENCH UART_NUM_1
#define LINE_LIMIT 1024
#define SPEED 921600

static esp_netif_t *interface;
static esp_eth_handle_t ethernet;

/* Goes up once and stays: it is a cable. */
void xs_emulated_ethernet_start(xsMachine *the)
{
	eth_mac_config_t macSettings = ETH_MAC_DEFAULT_CONFIG();
	eth_phy_config_t phySettings = ETH_PHY_DEFAULT_CONFIG();
	esp_netif_config_t settings = ESP_NETIF_DEFAULT_ETH();
	esp_eth_config_t driver;
	if (ethernet)
		return;
	phySettings.autonego_timeout_ms = 100;
	phySettings.reset_gpio_num = -1;
	if (esp_netif_init() != ESP_OK || esp_event_loop_create_default() != ESP_OK)
		xsUnknownError("network: cannot begin");
	interface = esp_netif_new(&settings);
	driver = (esp_eth_config_t)ETH_DEFAULT_CONFIG(
		esp_eth_mac_new_openeth(&macSettings), esp_eth_phy_new_generic(&phySettings));
	if (esp_eth_driver_install(&driver, &ethernet) != ESP_OK
		|| esp_netif_attach(interface, esp_eth_new_netif_glue(ethernet)) != ESP_OK
		|| esp_eth_start(ethernet) != ESP_OK)
		xsUnknownError("network: cannot start");
}

/* The address, or undefined while there is none. */
void xs_emulated_ethernet_address(xsMachine *the)
{
	esp_netif_ip_info_t facts;
	char text[16];
	if (!interface || esp_netif_get_ip_info(interface, &facts) != ESP_OK || !facts.ip.addr)
		return;
	esp_ip4addr_ntoa(&facts.ip, text, sizeof text);
	xsmcSetString(xsResult, text);
}

void xs_emulated_bench_open(xsMachine *the)
{
	uart_config_t settings = {
		.baud_rate = SPEED,
		.data_bits = UART_DATA_8_BITS,
		.parity = UART_PARITY_DISABLE,
		.stop_bits = UART_STOP_BITS_1,
		.flow_ctrl = UART_HW_FLOWCTRL_DISABLE,
		.source_clk = UART_SCLK_DEFAULT,
	};
	if (uart_driver_install(BENCH, LINE_LIMIT, 0, 0, NULL, 0) != ESP_OK
		|| uart_param_config(BENCH, &settings) != ESP_OK)
		xsUnknownError("bench: no serial port");
}

/*
 * Asks for room in the port's queue, and does not wait to be told of it: `uart_write_bytes` waits for an interrupt with
 * no limit, and an emulator that lost it would hold JavaScript for ever.
 */
void xs_emulated_bench_say(xsMachine *the)
{
	const char *text = xsmcToString(xsArg(0));
	size_t left = strlen(text);
	while (left) {
		int moved = uart_tx_chars(BENCH, text, (uint32_t)left);
		if (moved < 0)
			return;
		text += moved;
		left -= (size_t)moved;
		if (left)
			vTaskDelay(1);
	}
}

/* The next line from the bench, or undefined. */
void xs_emulated_bench_hear(xsMachine *the)
{
	static char held[LINE_LIMIT];
	static size_t length;
	char *end = memchr(held, '\n', length);
	if (!end) {
		int got = uart_read_bytes(BENCH, held + length, sizeof held - length, 0);
		if (got > 0)
			length += (size_t)got;
		end = memchr(held, '\n', length);
	}
	if (!end) {
		if (length == sizeof held)
			length = 0; /* no line of ours is so long */
		return;
	}
	*end = 0;
	xsmcSetString(xsResult, held);
	length -= (size_t)(end + 1 - held);
	memmove(held, end + 1, length);
}
