/*
 * Guests of a forwarder: each sends frames of a given length at an even pace, and takes what comes for it. Every frame tells when it was sent,
 * so that its delay is known where it arrives: both ends are here.
 *
 *   load <seconds> <frames a second, all together> <bytes> <seconds of warm-up>    guests on standard input, one a line:
 *   ownAddress ownPort toAddress toPort channel weight
 *
 * A weight of 0 only receives; 2 sends twice as much as 1. The last line of the output is JSON:
 *   {"sent","received","delayUs":{"p50","p99","p999","max"},"byGuest":[received...],"sentByGuest":[...]}
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GUESTS 4096
#define BATCH 32
#define SLOT 2048
#define LONGEST_US 1000000
#define MAGIC 0xb7a9b7a9u
#define AFTER_NS 300000000ll

struct guest {
  int fd, port, weight;
  unsigned channel, number;
  struct sockaddr_in to;
  uint64_t sent, received;
};

struct payload {
  uint32_t magic, round;
  uint64_t sent_ns;
};

static struct guest guests[GUESTS];
static int guest_count;
static uint32_t delays[LONGEST_US + 1];
static uint64_t received, measured;
static char slots[BATCH][SLOT];
static struct iovec pieces[BATCH];
static struct mmsghdr in[BATCH];
static int64_t measure_from;

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static struct sockaddr_in address_of(const char *address, int port) {
  struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, address, &made.sin_addr) != 1) exit(2);
  return made;
}

static void take(struct guest *guest) {
  for (;;) {
    int came = recvmmsg(guest->fd, in, BATCH, MSG_DONTWAIT, NULL);
    if (came <= 0) return;
    int64_t now = now_ns();
    for (int i = 0; i < came; i++) {
      unsigned char *datagram = (unsigned char *)slots[i];
      struct payload payload;
      /* A frame of a channel; or what was in it; or, from a TURN server's plain peer, a frame in one of the server's. */
      payload.magic = 0;
      for (unsigned at = 0; at <= 8 && payload.magic != MAGIC && in[i].msg_len >= at + sizeof payload; at += 4)
        memcpy(&payload, datagram + at, sizeof payload);
      if (payload.magic != MAGIC || (int64_t)payload.sent_ns < measure_from) continue;
      received++;
      guest->received++;
      int64_t us = (now - (int64_t)payload.sent_ns) / 1000;
      delays[us < 0 ? 0 : us > LONGEST_US ? LONGEST_US : us]++;
      measured++;
    }
    if (came < BATCH) return;
  }
}

static unsigned percentile(double part) {
  uint64_t wanted = (uint64_t)(part * measured), seen = 0;
  for (unsigned us = 0; us <= LONGEST_US; us++) {
    seen += delays[us];
    if (seen > wanted) return us;
  }
  return LONGEST_US;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  double seconds = atof(words[1]), rate = atof(words[2]), warm_up = atof(words[4]);
  unsigned length = atoi(words[3]);
  char own[64], to[64];
  int to_port;
  struct guest *next = guests;
  int poller = epoll_create1(0), weights = 0;
  while (guest_count < GUESTS && scanf("%63s %d %63s %d %u %d", own, &next->port, to, &to_port, &next->channel, &next->weight) == 6) {
    int bytes = 1 << 19;
    struct sockaddr_in from = address_of(own, next->port);
    next->fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(next->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    next->to = address_of(to, to_port);
    if (bind(next->fd, (struct sockaddr *)&from, sizeof from) < 0 || connect(next->fd, (struct sockaddr *)&next->to, sizeof next->to) < 0) {
      perror(own);
      return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = next};
    epoll_ctl(poller, EPOLL_CTL_ADD, next->fd, &event);
    weights += next->weight;
    next->number = guest_count++;
    next++;
  }
  for (int i = 0; i < BATCH; i++) {
    pieces[i] = (struct iovec){slots[i], SLOT};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &pieces[i], .msg_iovlen = 1};
  }
  if (guest_count == 0 || weights == 0 || length < 4 + sizeof(struct payload) || length > SLOT) return 2;

  unsigned char frame[SLOT] = {0};
  frame[2] = (length - 4) >> 8;
  frame[3] = (length - 4) & 0xff;
  int64_t started = now_ns(), end = started + (int64_t)((seconds + warm_up) * 1e9);
  measure_from = started + (int64_t)(warm_up * 1e9);
  uint64_t total = 0, sent = 0;
  int turn = 0, of_turn = 0;
  struct epoll_event ready[64];
  for (;;) {
    int64_t now = now_ns();
    if (now >= end + AFTER_NS) break;
    int64_t due = now < end ? (int64_t)((now - started) / 1e9 * rate) - (int64_t)total : 0;
    /* What could not be sent in time is not made up for in one burst. */
    if (due > 512) {
      total += due - 512;
      due = 512;
    }
    for (int64_t i = 0; i < due; i++) {
      while (of_turn >= guests[turn].weight) {
        turn = (turn + 1) % guest_count;
        of_turn = 0;
      }
      struct guest *guest = &guests[turn];
      of_turn++;
      struct payload payload = {MAGIC, 0, (uint64_t)now_ns()};
      frame[0] = guest->channel >> 8;
      frame[1] = guest->channel & 0xff;
      memcpy(frame + 4, &payload, sizeof payload);
      total++;
      if (send(guest->fd, frame, length, MSG_DONTWAIT) == (ssize_t)length && (int64_t)payload.sent_ns >= measure_from) {
        sent++;
        guest->sent++;
      }
      if (i % 32 == 31) {
        int some = epoll_wait(poller, ready, 64, 0);
        for (int j = 0; j < some; j++) take(ready[j].data.ptr);
      }
    }
    int some = epoll_wait(poller, ready, 64, 0);
    for (int i = 0; i < some; i++) take(ready[i].data.ptr);
    if (some == 0 && due == 0) {
      struct timespec pause = {0, 50000};
      nanosleep(&pause, NULL);
    }
  }
  printf("{\"sent\":%lu,\"received\":%lu,\"delayUs\":{\"p50\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u},\"byGuest\":[", sent, received,
         percentile(0.5), percentile(0.99), percentile(0.999), percentile(0.9999999));
  for (int i = 0; i < guest_count; i++) printf("%s%lu", i ? "," : "", guests[i].received);
  printf("],\"sentByGuest\":[");
  for (int i = 0; i < guest_count; i++) printf("%s%lu", i ? "," : "", guests[i].sent);
  puts("]}");
  return 0;
}
