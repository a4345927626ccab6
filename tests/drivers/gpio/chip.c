/* A GPIO chip for libgpiod, by LD_PRELOAD: what the kernel's character device answers (include/uapi/linux/gpio.h,
 * v2), so that the real package runs to its last line of C where no kernel has a chip.
 *
 * The node is the path in GPIO_NODE, which has to be a file. One chip, "abi-chip", four lines LINE0 to LINE3.
 * A test steers it through abi_*, by ctypes. Levels are physical; debouncing is noted and not done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LINES 4
#define FDS 1024
#define NUMBER makedev(254, 7)

enum kind { NONE, CHIP, REQUEST };

struct request {
	int peer; /* where edges are written to */
	int count;
	int offsets[LINES];
	int gone;
	unsigned int seqno;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum kind kinds[FDS];
static struct request requests[FDS];
static int holders[LINES] = { -1, -1, -1, -1 };
static char consumers[LINES][GPIO_MAX_NAME_SIZE];
static unsigned long long flags[LINES];
static unsigned int debounce[LINES], room[LINES];
static int levels[LINES];
static int away, denied;

static int failed(int number)
{
	errno = number;
	return -1;
}

static int is_node(const char *path)
{
	const char *node = getenv("GPIO_NODE");

	return node && path && !strcmp(path, node);
}

static int logical(int offset)
{
	return levels[offset] ^ !!(flags[offset] & GPIO_V2_LINE_FLAG_ACTIVE_LOW);
}

/* What a test does */

void abi_drive(int offset, int level)
{
	pthread_mutex_lock(&lock);
	if (levels[offset] != level) {
		levels[offset] = level;
		if (holders[offset] >= 0) {
			struct request *request = &requests[holders[offset]];
			struct gpio_v2_line_event event = { 0 };
			int rising = logical(offset);

			event.id = rising ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
			event.offset = offset;
			event.seqno = event.line_seqno = ++request->seqno;
			if (flags[offset] & (rising ? GPIO_V2_LINE_FLAG_EDGE_RISING : GPIO_V2_LINE_FLAG_EDGE_FALLING))
				send(request->peer, &event, sizeof(event), MSG_DONTWAIT | MSG_NOSIGNAL);
		}
	}
	pthread_mutex_unlock(&lock);
}

int abi_level(int offset) { return levels[offset]; }
unsigned long long abi_flags(int offset) { return flags[offset]; }
unsigned int abi_debounce(int offset) { return debounce[offset]; }
unsigned int abi_room(int offset) { return room[offset]; }
int abi_held(int offset) { return holders[offset] >= 0; }
void abi_deny(int on) { denied = on; }

void abi_unplug(int on)
{
	pthread_mutex_lock(&lock);
	away = on;
	for (int fd = 0; on && fd < FDS; fd++) {
		if (kinds[fd] != REQUEST || requests[fd].gone)
			continue;
		requests[fd].gone = 1;
		for (int each = 0; each < requests[fd].count; each++)
			holders[requests[fd].offsets[each]] = -1;
		shutdown(requests[fd].peer, SHUT_RDWR); /* a poll ends, as by the kernel's EPOLLHUP */
	}
	pthread_mutex_unlock(&lock);
}

/* What libgpiod calls */

static int node_stat(struct stat *found)
{
	if (away)
		return failed(ENOENT);
	memset(found, 0, sizeof(*found));
	found->st_mode = S_IFCHR | 0660;
	found->st_rdev = NUMBER;
	return 0;
}

int __lxstat(int version, const char *path, struct stat *found)
{
	(void)version;
	return is_node(path) ? node_stat(found) : fstatat(AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW);
}

int __xstat(int version, const char *path, struct stat *found)
{
	(void)version;
	return is_node(path) ? node_stat(found) : fstatat(AT_FDCWD, path, found, 0);
}

char *realpath(const char *path, char *resolved)
{
	char ours[64], *found;

	snprintf(ours, sizeof(ours), "/sys/dev/char/%u:%u/subsystem", major(NUMBER), minor(NUMBER));
	found = strcmp(path, ours) ? canonicalize_file_name(path) : strdup("/sys/bus/gpio");
	if (found && resolved) {
		strcpy(resolved, found);
		free(found);
		return resolved;
	}
	return found;
}

int open(const char *path, int how, ...)
{
	va_list rest;
	mode_t mode;
	int fd;

	va_start(rest, how);
	mode = va_arg(rest, mode_t);
	va_end(rest);
	if (!is_node(path))
		return syscall(SYS_openat, AT_FDCWD, path, how, mode);
	if (away)
		return failed(ENOENT);
	if (denied)
		return failed(EACCES);
	fd = eventfd(0, EFD_CLOEXEC);
	if (fd >= 0 && fd < FDS)
		kinds[fd] = CHIP;
	return fd;
}

int close(int fd)
{
	pthread_mutex_lock(&lock);
	if (fd >= 0 && fd < FDS && kinds[fd] != NONE) {
		if (kinds[fd] == REQUEST) {
			for (int each = 0; each < requests[fd].count; each++)
				if (holders[requests[fd].offsets[each]] == fd)
					holders[requests[fd].offsets[each]] = -1;
			syscall(SYS_close, requests[fd].peer);
		}
		kinds[fd] = NONE;
	}
	pthread_mutex_unlock(&lock);
	return syscall(SYS_close, fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	if (fd >= 0 && fd < FDS && kinds[fd] == REQUEST && requests[fd].gone)
		return failed(ENODEV);
	return syscall(SYS_read, fd, buffer, size);
}

static int chip_info(struct gpiochip_info *info)
{
	memset(info, 0, sizeof(*info));
	strcpy(info->name, "gpiochip7");
	strcpy(info->label, "abi-chip");
	info->lines = LINES;
	return 0;
}

static int line_info(struct gpio_v2_line_info *info)
{
	unsigned int offset = info->offset;

	if (offset >= LINES)
		return failed(EINVAL);
	memset(info, 0, sizeof(*info));
	info->offset = offset;
	snprintf(info->name, sizeof(info->name), "LINE%u", offset);
	info->flags = GPIO_V2_LINE_FLAG_INPUT;
	if (holders[offset] >= 0) {
		info->flags = flags[offset] | GPIO_V2_LINE_FLAG_USED;
		strcpy(info->consumer, consumers[offset]);
	}
	return 0;
}

static void configure(struct gpio_v2_line_request *asked, unsigned int place)
{
	struct gpio_v2_line_config *config = &asked->config;
	unsigned int offset = asked->offsets[place];
	unsigned long long output = 0;

	flags[offset] = config->flags;
	debounce[offset] = 0;
	for (unsigned int each = 0; each < config->num_attrs; each++) {
		struct gpio_v2_line_config_attribute *attribute = &config->attrs[each];

		if (!(attribute->mask & (1ULL << place)))
			continue;
		if (attribute->attr.id == GPIO_V2_LINE_ATTR_ID_FLAGS)
			flags[offset] = attribute->attr.flags;
		if (attribute->attr.id == GPIO_V2_LINE_ATTR_ID_DEBOUNCE)
			debounce[offset] = attribute->attr.debounce_period_us;
		if (attribute->attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES)
			output = (attribute->attr.values >> place) & 1;
	}
	if (flags[offset] & GPIO_V2_LINE_FLAG_OUTPUT)
		levels[offset] = (int)output ^ !!(flags[offset] & GPIO_V2_LINE_FLAG_ACTIVE_LOW);
}

static int get_line(struct gpio_v2_line_request *asked)
{
	int ends[2];

	for (unsigned int each = 0; each < asked->num_lines; each++) {
		if (asked->offsets[each] >= LINES)
			return failed(EINVAL);
		if (holders[asked->offsets[each]] >= 0)
			return failed(EBUSY);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	kinds[ends[0]] = REQUEST;
	requests[ends[0]] = (struct request){ .peer = ends[1], .count = (int)asked->num_lines };
	for (unsigned int each = 0; each < asked->num_lines; each++) {
		unsigned int offset = asked->offsets[each];

		requests[ends[0]].offsets[each] = (int)offset;
		holders[offset] = ends[0];
		strcpy(consumers[offset], asked->consumer);
		room[offset] = asked->event_buffer_size;
		configure(asked, each);
	}
	asked->fd = ends[0];
	return 0;
}

static int of_chip(unsigned long what, void *asked)
{
	if (away)
		return failed(ENODEV);
	if (what == GPIO_GET_CHIPINFO_IOCTL)
		return chip_info(asked);
	if (what == GPIO_V2_GET_LINEINFO_IOCTL)
		return line_info(asked);
	if (what == GPIO_V2_GET_LINE_IOCTL)
		return get_line(asked);
	return failed(ENOTTY);
}

static int of_request(struct request *request, unsigned long what, struct gpio_v2_line_values *values)
{
	if (request->gone)
		return failed(ENODEV);
	if (what == GPIO_V2_LINE_GET_VALUES_IOCTL)
		values->bits = 0;
	else if (what != GPIO_V2_LINE_SET_VALUES_IOCTL)
		return failed(ENOTTY);
	for (int each = 0; each < request->count; each++) {
		int offset = request->offsets[each];

		if (!(values->mask & (1ULL << each)))
			continue;
		if (what == GPIO_V2_LINE_GET_VALUES_IOCTL)
			values->bits |= (unsigned long long)logical(offset) << each;
		else if (!(flags[offset] & GPIO_V2_LINE_FLAG_OUTPUT))
			return failed(EPERM);
		else
			levels[offset] = (int)((values->bits >> each) & 1) ^
					 !!(flags[offset] & GPIO_V2_LINE_FLAG_ACTIVE_LOW);
	}
	return 0;
}

int ioctl(int fd, unsigned long what, ...)
{
	va_list rest;
	void *asked;
	int result;

	va_start(rest, what);
	asked = va_arg(rest, void *);
	va_end(rest);
	if (fd < 0 || fd >= FDS || kinds[fd] == NONE)
		return syscall(SYS_ioctl, fd, what, asked);
	what &= 0xffffffff; /* the kernel looks at no more, and some callers have an int */
	pthread_mutex_lock(&lock);
	result = kinds[fd] == CHIP ? of_chip(what, asked) : of_request(&requests[fd], what, asked);
	pthread_mutex_unlock(&lock);
	return result;
}
