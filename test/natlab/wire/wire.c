/*
 * A wire of a given length: two TUN devices in two network namespaces, and between them a delay and a loss.
 *
 *   wire <namespace> <device> <namespace> <device> <delay, microseconds> <the same for IPv6> <loss, parts in 10,000> <seed>
 *
 * What one device's namespace sends comes out of the other one after the delay, in order within its IP version. Packets are lost by chance, each way alike,
 * and the same seed loses the same ones. The kernel of test machines has no netem, which would do this.
 *
 * It prints "ready" when both devices exist, and what it had to drop for want of room when it ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Bytes: the devices' MTU is 1500, and no packet is larger. */
#define PACKET_BYTES 1536
/* Packets under way in one direction: 4096 of 1,000 bytes in 400 ms are 80 Mbit/s. A power of two, so that an index is a mask. */
#define WAY_PACKETS 4096
/* Nice value: what measures milliseconds must not wait for what merely computes. */
#define PRIORITY (-15)
/* Packets read in a row before the other devices get their turn. */
#define BURST 64

#define NS_PER_S 1000000000ULL

struct packet {
  uint64_t due_ns;
  uint16_t length;
  unsigned char bytes[PACKET_BYTES];
};

/* Packets that take equally long. */
struct queue {
  uint64_t delay_ns;
  uint32_t head, tail; /* Both only grow; their difference is what is under way. */
  struct packet *packets;
};

/* One direction, with a queue for each version of IP: on the internet they need not take the same way. */
struct way {
  int from, to;
  uint64_t random;
  unsigned long crowded_out;
  struct queue queues[2]; /* IPv4, IPv6. */
};

static uint64_t loss_in_10000;
static volatile sig_atomic_t ended;

static void end(int signal_number) {
  (void)signal_number;
  ended = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* xorshift64*, Vigna 2016: enough for losses, and the same everywhere. */
static uint64_t next_random(struct way *way) {
  way->random ^= way->random >> 12;
  way->random ^= way->random << 25;
  way->random ^= way->random >> 27;
  return way->random * 2685821657736338717ULL;
}

/* Makes a TUN device in a namespace that `ip netns` keeps under this name. */
static int open_device(const char *name_space, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", name_space);
  int home = open(path, O_RDONLY | O_CLOEXEC);
  if (home < 0) fail(path);
  if (setns(home, CLONE_NEWNET) != 0) fail(path);
  close(home);
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) fail("/dev/net/tun");
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
  if (ioctl(tun, TUNSETIFF, &request) != 0) fail(device);
  return tun;
}

/* Takes what a device's namespace has sent. */
static void take(struct way *way) {
  for (int count = 0; count < BURST; count++) {
    unsigned char bytes[PACKET_BYTES];
    ssize_t length = read(way->from, bytes, sizeof bytes);
    if (length <= 0) return;
    /* RFC 8200 section 3 and RFC 791 section 3.1: the version is the first half byte. */
    struct queue *queue = &way->queues[bytes[0] >> 4 == 6];
    if (queue->tail - queue->head == WAY_PACKETS) {
      way->crowded_out++;
      continue;
    }
    if (loss_in_10000 > 0 && next_random(way) % 10000 < loss_in_10000) continue;
    struct packet *packet = &queue->packets[queue->tail & (WAY_PACKETS - 1)];
    memcpy(packet->bytes, bytes, (size_t)length);
    packet->length = (uint16_t)length;
    packet->due_ns = now_ns() + queue->delay_ns;
    queue->tail++;
  }
}

/* Gives the other namespace what has been under way for long enough. */
static void deliver(struct way *way, uint64_t now) {
  for (int version = 0; version < 2; version++) {
    struct queue *queue = &way->queues[version];
    while (queue->head != queue->tail) {
      struct packet *packet = &queue->packets[queue->head & (WAY_PACKETS - 1)];
      if (packet->due_ns > now) break;
      /* A device that is down or not yet up refuses; a wire loses such a packet. */
      if (write(way->to, packet->bytes, packet->length) < 0 && errno == EAGAIN) way->crowded_out++;
      queue->head++;
    }
  }
}

static uint64_t earliest(const struct way *ways) {
  uint64_t due_ns = 0;
  for (int index = 0; index < 4; index++) {
    const struct queue *queue = &ways[index / 2].queues[index % 2];
    if (queue->head == queue->tail) continue;
    uint64_t first = queue->packets[queue->head & (WAY_PACKETS - 1)].due_ns;
    if (due_ns == 0 || first < due_ns) due_ns = first;
  }
  return due_ns;
}

static void watch(int epoll, int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

static void run(struct way *ways) {
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll < 0 || timer < 0) fail("epoll");
  watch(epoll, timer);
  watch(epoll, ways[0].from);
  watch(epoll, ways[1].from);
  uint64_t armed_ns = 0;
  while (!ended) {
    struct epoll_event events[3];
    int count = epoll_wait(epoll, events, 3, -1);
    if (count < 0 && errno != EINTR) fail("epoll_wait");
    for (int index = 0; index < count; index++) {
      int descriptor = events[index].data.fd;
      if (descriptor == timer) {
        uint64_t expirations;
        if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) fail("timer");
        armed_ns = 0;
      }
      if (descriptor == ways[0].from) take(&ways[0]);
      if (descriptor == ways[1].from) take(&ways[1]);
    }
    uint64_t now = now_ns();
    deliver(&ways[0], now);
    deliver(&ways[1], now);
    uint64_t due_ns = earliest(ways);
    if (due_ns == 0 || due_ns == armed_ns) continue;
    struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(due_ns / NS_PER_S), .tv_nsec = (long)(due_ns % NS_PER_S)}};
    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) != 0) fail("timerfd_settime");
    armed_ns = due_ns;
  }
}

static void furnish(struct way *way, const char *delay_us, const char *ipv6_delay_us) {
  for (int version = 0; version < 2; version++) {
    struct queue *queue = &way->queues[version];
    queue->delay_ns = strtoull(version == 0 ? delay_us : ipv6_delay_us, NULL, 10) * 1000;
    queue->packets = calloc(WAY_PACKETS, sizeof(struct packet));
    if (queue->packets == NULL) fail("memory");
  }
}

int main(int argc, char **argv) {
  if (argc != 9) {
    fprintf(stderr,
            "usage: wire <namespace> <device> <namespace> <device> <delay us> <IPv6 delay us> <loss in 10000> <seed>\n");
    return 2;
  }
  loss_in_10000 = strtoull(argv[7], NULL, 10);
  uint64_t seed = strtoull(argv[8], NULL, 10);
  int near = open_device(argv[1], argv[2]);
  int far = open_device(argv[3], argv[4]);
  struct way ways[2] = {
      {.from = near, .to = far, .random = seed * 2 + 1},
      {.from = far, .to = near, .random = ~(seed * 2)},
  };
  furnish(&ways[0], argv[5], argv[6]);
  furnish(&ways[1], argv[5], argv[6]);
  /* Without the right to it the wire is merely less exact. */
  if (setpriority(PRIO_PROCESS, 0, PRIORITY) != 0) fprintf(stderr, "wire: runs at ordinary priority\n");
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  puts("ready");
  fflush(stdout);
  run(ways);
  unsigned long crowded_out = ways[0].crowded_out + ways[1].crowded_out;
  if (crowded_out > 0) fprintf(stderr, "wire: %lu packets found no room\n", crowded_out);
  return 0;
}
