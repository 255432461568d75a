/*
 * The loop that ours is measured against: what a forwarder costs that does nothing but look a channel up, compare the sender, and send on.
 * One recvmmsg and one sendmmsg for up to 32 datagrams; it blocks while nothing comes.
 *
 *   forward <address> <port>    routes on standard input, one a line, then "ready" is printed:
 *   channel fromAddress fromPort toAddress toPort toChannel
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 32
#define SLOT 2048
#define CHANNELS 0x1000

struct route {
  struct sockaddr_in from, to;
  unsigned short channel;
  int is_set;
};

static struct route routes[CHANNELS];
static char slots[BATCH][SLOT];
static struct sockaddr_in names[BATCH];
static struct iovec in_pieces[BATCH], out_pieces[BATCH];
static struct mmsghdr in[BATCH], out[BATCH];

static struct sockaddr_in address_of(const char *address, int port) {
  struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, address, &made.sin_addr) != 1) exit(2);
  return made;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int bytes = 1 << 20;
  struct sockaddr_in own = address_of(words[1], atoi(words[2]));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0) {
    perror("bind");
    return 1;
  }
  unsigned channel, to_channel;
  char from[64], to[64];
  int from_port, to_port;
  while (scanf("%u %63s %d %63s %d %u", &channel, from, &from_port, to, &to_port, &to_channel) == 6) {
    struct route *route = &routes[channel & (CHANNELS - 1)];
    route->from = address_of(from, from_port);
    route->to = address_of(to, to_port);
    route->channel = htons(to_channel);
    route->is_set = 1;
  }
  for (int i = 0; i < BATCH; i++) {
    in_pieces[i] = (struct iovec){slots[i], SLOT};
    in[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_iov = &in_pieces[i], .msg_iovlen = 1};
    out[i].msg_hdr = (struct msghdr){.msg_namelen = sizeof names[i], .msg_iov = &out_pieces[i], .msg_iovlen = 1};
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    for (int i = 0; i < BATCH; i++) in[i].msg_hdr.msg_namelen = sizeof names[i];
    int came = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);
    int go = 0;
    for (int i = 0; i < came; i++) {
      unsigned char *datagram = (unsigned char *)slots[i];
      unsigned length = in[i].msg_len;
      if (length < 4) continue;
      struct route *route = &routes[((datagram[0] << 8) | datagram[1]) & (CHANNELS - 1)];
      unsigned frame = 4 + ((datagram[2] << 8) | datagram[3]);
      if (!route->is_set || frame > length || route->from.sin_port != names[i].sin_port ||
          route->from.sin_addr.s_addr != names[i].sin_addr.s_addr)
        continue;
      memcpy(datagram, &route->channel, 2);
      out_pieces[go] = (struct iovec){datagram, frame};
      out[go++].msg_hdr.msg_name = &route->to;
    }
    for (int sent = 0; sent < go;) {
      int more = sendmmsg(fd, out + sent, go - sent, 0);
      sent += more > 0 ? more : 1;
    }
  }
}
