/* Socket addresses: as long as their family makes them, behind a number in a register, behind a pointer, in a struct. */
#include "toy.h"

/* The kernel's own. */
struct inet {
	unsigned short family, port;
	unsigned char host[4], zero[8];
};

struct local {
	unsigned short family;
	char path[126];
};

enum {
	HEAD = 4, /* the toy's family */
	INET = HEAD + sizeof(struct toy_inet),
	INET6 = HEAD + sizeof(struct toy_inet6),
	LOCAL = HEAD + sizeof(struct toy_local),
	ALL = sizeof(struct toy_address),
};

static const struct toy_address loopback = {.family = AF_INET, .place.in = {{127, 0, 0, 1}, 0}};

static int socket(int family, int type) {
	int file = kernel(LIBSYS_NR_socket, family, type, 0, 0, 0);
	check(file >= 0);
	return file;
}

/* The lowest number that is free: what is left open shows. */
static int lowest(void) {
	int file = kernel(LIBSYS_NR_dup, 0, 0, 0, 0, 0);
	check(file >= 0);
	__sys_close(file);
	return file;
}

static void fill(void *at, size_t size) {
	for (size_t i = 0; i < size; i++)
		((char *)at)[i] = 0x77;
}

static int is_full(const void *at, size_t from, size_t size) {
	for (size_t i = from; i < size; i++)
		if (((const char *)at)[i] != 0x77)
			return 0;
	return 1;
}

/* The port that the kernel says a socket has, as the net orders its bytes. */
static unsigned own_port(int file) {
	struct inet address;
	unsigned size = sizeof address;
	check_equal(kernel(LIBSYS_NR_getsockname, file, (long)&address, (long)&size, 0, 0), 0);
	return address.port;
}

/* Each length is answered as the kernel answers its own struct's length of the same kind. */
static void lengths(void) {
	struct toy_address toy = loopback;
	struct inet own[9] = {{AF_INET, 0, {127, 0, 0, 1}, {0}}};
	static const struct {
		long toy, own;
	} same[] = {
		{0, 0}, {1, 1}, {3, 1}, {HEAD, 2}, {HEAD + 4, 4}, {INET - 1, 15}, {INET, 16}, {INET + 1, 17}, {ALL, 128},
		{ALL + 8, 128}, {129, 129}, {5000, 5000}, {0x7fffffff, 0x7fffffff}, {0x80000000, 0x80000000}, {-1, -1},
		{0x100000000 + INET, 16}, {0x100000000, 0},
	};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
			int a = socket(AF_INET, type), b = socket(AF_INET, type);
			long nr = LIBSYS_NR_bind;
			check_equal(__sys_raw_bind(a, &toy, same[i].toy), kernel(nr, b, (long)own, same[i].own, 0, 0));
			__sys_close(a);
			__sys_close(b);
			a = socket(AF_INET, SOCK_DGRAM), b = socket(AF_INET, SOCK_DGRAM);
			toy.place.in.port = own->port = 1;
			nr = LIBSYS_NR_connect;
			check_equal(__sys_raw_connect(a, &toy, same[i].toy), kernel(nr, b, (long)own, same[i].own, 0, 0));
			long sent = kernel6(LIBSYS_NR_sendto, b, (long)"x", 1, MSG_NOSIGNAL, (long)own, same[i].own);
			check_equal(__sys_raw_sendto(a, "x", 1, MSG_NOSIGNAL, &toy, same[i].toy), sent);
			toy.place.in.port = own->port = 0;
			__sys_close(a);
			__sys_close(b);
		}
	/* Nowhere, nothing, and not a socket. */
	int file = socket(AF_INET, SOCK_DGRAM);
	check_equal(__sys_raw_bind(file, NOWHERE, INET), -EFAULT);
	check_equal(__sys_raw_bind(file, NULL, INET), -EFAULT);
	check_equal(__sys_raw_bind(file, NULL, 0), -EINVAL);
	check_equal(__sys_raw_bind(file, NOWHERE, 5000), -EINVAL);
	check_equal(__sys_raw_bind(-1, &toy, INET), -EBADF);
	check_equal(__sys_raw_bind(-1, &toy, -1), -EBADF);
	char *end = page_with_end();
	struct toy_address *last = (struct toy_address *)(end - INET);
	last->family = AF_INET;
	last->place.in = loopback.place.in;
	check_equal(__sys_raw_bind(file, last, INET + 1), -EFAULT);
	check_equal(__sys_raw_bind(file, last, INET), 0);
	/* What does not fit, and families that nobody has. */
	toy.place.in.port = 0x10000;
	check_equal(__sys_raw_connect(file, &toy, INET), -EINVAL);
	toy.family = 0x10002;
	check_equal(__sys_raw_connect(file, &toy, INET), -EAFNOSUPPORT);
	/* A family of which only the tail is known goes through as it is: no peer any more. */
	toy = loopback;
	toy.place.in.port = own_port(file);
	check_equal(__sys_raw_connect(file, &toy, INET), 0);
	check_equal(__sys_raw_getpeername(file, &toy, &(unsigned){ALL}), 0);
	toy.family = AF_UNSPEC;
	check_equal(__sys_raw_connect(file, &toy, ALL), 0);
	check_equal(__sys_raw_getpeername(file, &toy, &(unsigned){ALL}), -ENOTCONN);
	__sys_close(file);
}

static void names(void) {
	int file = socket(AF_INET, SOCK_DGRAM);
	check_equal(__sys_bind(file, &loopback, INET), 0);
	char room[256];
	struct toy_address *got = (struct toy_address *)room;
	/* All of it, more room than there is, less, none. */
	static const unsigned sizes[] = {INET, ALL, sizeof room, 1000, INET - 1, HEAD, 1, 0};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned size = sizes[i], written = size < INET ? size : INET;
		fill(room, sizeof room);
		check_equal(__sys_getsockname(file, got, &size), 0);
		check_equal(size, INET);
		check(is_full(room, written, sizeof room));
		if (written < INET)
			continue;
		check_equal(got->family, AF_INET);
		check_equal(got->place.in.port, own_port(file));
		check(got->place.in.host[0] == 127 && got->place.in.host[3] == 1);
	}
	unsigned size = 0;
	check_equal(__sys_getsockname(file, NULL, &size), 0);
	check_equal(size, INET);
	size = -1;
	check_equal(__sys_raw_getsockname(file, got, &size), -EINVAL);
	check_equal(size, (unsigned)-1);
	size = INET;
	check_equal(__sys_raw_getsockname(file, NULL, &size), -EFAULT);
	check_equal(__sys_raw_getsockname(file, NOWHERE, &size), -EFAULT);
	check_equal(__sys_raw_getsockname(file, got, NULL), -EFAULT);
	check_equal(__sys_raw_getsockname(file, got, NOWHERE), -EFAULT);
	check_equal(__sys_raw_getsockname(-1, got, NULL), -EBADF);
	check_equal(__sys_raw_getpeername(file, got, &size), -ENOTCONN);
	check_equal(size, INET);
	char *end = page_with_end();
	size = sizeof room;
	check_equal(__sys_raw_getsockname(file, (void *)(end - INET), &size), 0);
	check_equal(__sys_raw_getsockname(file, (void *)(end - INET + 1), &size), -EFAULT);
	/* The number at the end of what can be reached, and where it cannot be written. */
	unsigned *last = (unsigned *)(end - 4);
	*last = ALL;
	check_equal(__sys_raw_getsockname(file, got, last), 0);
	check_equal(*last, INET);
	check_equal(__sys_raw_getsockname(file, got, (unsigned *)(end - 3)), -EFAULT);
	check_equal(__sys_mprotect(end - 4096, 4096, PROT_READ), 0);
	check_equal(__sys_raw_getsockname(file, got, last), -EFAULT);
	__sys_close(file);
	file = kernel(LIBSYS_NR_socket, AF_INET6, SOCK_DGRAM, 0, 0, 0);
	if (file < 0)
		return;
	/* Any address: the machine may have none of its own. */
	struct toy_address six = {.family = AF_INET6, .place.in6 = {.scope = {0}, .flow = {1, 2, 3, 4}}};
	check_equal(__sys_raw_bind(file, &six, INET6 - 4), -EINVAL);
	check_equal(__sys_bind(file, &six, INET6), 0);
	size = ALL;
	check_equal(__sys_getsockname(file, &six, &size), 0);
	check_equal(size, INET6);
	check_equal(six.place.in6.port, own_port(file));
	check_equal(six.place.in6.flow[0], 0);
	__sys_close(file);
}

/* Paths are as long as they are. */
static void paths(void) {
	struct toy_address toy = {.family = AF_UNIX, .place.un.path = "\0libsys, a name"}, got;
	for (unsigned length = 0; length <= sizeof toy.place.un.path; length += 9) {
		int file = socket(AF_UNIX, SOCK_DGRAM), other = socket(AF_UNIX, SOCK_DGRAM);
		check_equal(__sys_bind(file, &toy, HEAD + length), 0);
		struct local own;
		unsigned size = sizeof own, ours = ALL;
		check_equal(kernel(LIBSYS_NR_getsockname, file, (long)&own, (long)&size, 0, 0), 0);
		/* Without a path the kernel finds one. */
		check_equal(size, 2 + (length ? length : 6));
		fill(&got, sizeof got);
		check_equal(__sys_getsockname(file, &got, &ours), 0);
		check_equal(ours, HEAD + size - 2);
		check(is_full(&got, ours, sizeof got));
		for (unsigned i = 0; i < size - 2; i++)
			check_equal(got.place.un.path[i], own.path[i]);
		check_equal(__sys_connect(other, &got, ours), 0);
		ours = ALL;
		check_equal(__sys_getpeername(other, &toy, &ours), 0);
		check_equal(ours, HEAD + size - 2);
		/* No name. */
		ours = ALL;
		check_equal(__sys_getsockname(other, &got, &ours), 0);
		check_equal(ours, HEAD);
		check_equal(got.family, AF_UNIX);
		__sys_close(file);
		__sys_close(other);
	}
	int file = socket(AF_UNIX, SOCK_DGRAM);
	check_equal(__sys_raw_bind(file, &toy, LOCAL + 1), -EINVAL);
	check_equal(__sys_raw_bind(file, &toy, ALL), -EINVAL);
	check_equal(__sys_raw_bind(file, &toy, 2), -EINVAL);
	__sys_close(file);
	/* A family that is not described. */
	struct toy_address link = {.family = AF_NETLINK};
	const unsigned whole = HEAD + 2 + 4 + 4;
	file = socket(AF_NETLINK, SOCK_RAW);
	check_equal(__sys_raw_bind(file, &link, whole - 1), -EINVAL);
	check_equal(__sys_bind(file, &link, whole), 0);
	unsigned size = ALL;
	fill(&got, sizeof got);
	check_equal(__sys_getsockname(file, &got, &size), 0);
	check_equal(size, whole);
	check(is_full(&got, size, sizeof got));
	check_equal(got.family, AF_NETLINK);
	check_equal(got.place.raw[0] | got.place.raw[1], 0);
	unsigned pid = got.place.raw[2] | got.place.raw[3] << 8 | got.place.raw[4] << 16 | (unsigned)got.place.raw[5] << 24;
	check_equal(pid, __sys_getpid());
	/* Where it must be, it is an error. */
	check_equal(__sys_raw_getpeername(file, &got, &size), -EAFNOSUPPORT);
	__sys_close(file);
}

static void connections(void) {
	int listening = socket(AF_INET, SOCK_STREAM);
	struct toy_address toy = loopback, got;
	check_equal(__sys_bind(listening, &toy, INET), 0);
	check_equal(kernel(LIBSYS_NR_listen, listening, 8, 0, 0, 0), 0);
	toy.place.in.port = own_port(listening);
	unsigned size = ALL;
	check_equal(kernel(LIBSYS_NR_fcntl, listening, F_SETFL, O_NONBLOCK, 0, 0), 0);
	check_equal(__sys_raw_accept(listening, NOWHERE, NOWHERE), -EAGAIN);
	check_equal(__sys_raw_accept(listening, &got, &size), -EAGAIN);
	check_equal(size, ALL);
	static const struct {
		int where, size, error;
	} tries[] = {{0, 0, 0}, {1, 1, 0}, {2, 1, -EFAULT}, {1, 2, -EFAULT}, {1, 0, -EFAULT}, {1, 3, -EINVAL}, {0, 2, 0}};
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
		int client = socket(AF_INET, SOCK_STREAM), free = lowest();
		check_equal(__sys_connect(client, &toy, INET), 0);
		void *wheres[] = {NULL, &got, NOWHERE}, *sizes[] = {NULL, &size, NOWHERE, &(unsigned){-1}};
		size = ALL;
		long file = __sys_raw_accept(listening, wheres[tries[i].where], sizes[tries[i].size]);
		check_equal(file < 0 ? file : 0, tries[i].error);
		if (file >= 0) {
			check_equal(file, free);
			__sys_close(file);
		}
		if (tries[i].where == 1 && tries[i].size == 1) {
			check_equal(size, INET);
			check_equal(got.place.in.port, own_port(client));
		}
		/* A connection that is not told of does not stay open. */
		check_equal(lowest(), free);
		__sys_close(client);
	}
	__sys_close(listening);
	/* Of a family that this call does not know. */
	listening = socket(AF_UNIX, SOCK_STREAM);
	check_equal(__sys_bind(listening, &(struct toy_address){.family = AF_UNIX}, HEAD), 0);
	check_equal(kernel(LIBSYS_NR_listen, listening, 8, 0, 0, 0), 0);
	size = ALL;
	check_equal(__sys_getsockname(listening, &toy, &size), 0);
	int client = socket(AF_UNIX, SOCK_STREAM), free = lowest();
	check_equal(__sys_connect(client, &toy, size), 0);
	size = ALL;
	check_equal(__sys_raw_accept4(listening, &got, &size, 0), -EAFNOSUPPORT);
	check_equal(lowest(), free);
	__sys_close(client);
	__sys_close(listening);
}

static void messages(void) {
	int a = socket(AF_INET, SOCK_DGRAM), b = socket(AF_INET, SOCK_DGRAM);
	struct toy_address toy = loopback, got;
	check_equal(__sys_bind(a, &toy, INET), 0);
	check_equal(__sys_bind(b, &toy, INET), 0);
	toy.place.in.port = own_port(b);
	char text[8] = "message", back[8];
	check_equal(__sys_sendto(a, text, 7, 0, &toy, INET), 7);
	unsigned size = ALL;
	check_equal(__sys_recvfrom(b, back, 8, 0, &got, &size), 7);
	check_equal(size, INET);
	check_equal(got.place.in.port, own_port(a));
	check_equal(__sys_sendto(a, text, 7, 0, &toy, INET), 7);
	check_equal(__sys_recvfrom(b, back, 8, 0, NULL, NULL), 7);
	check_equal(__sys_raw_sendto(a, text, 7, 0, NULL, 0), -EDESTADDRREQ);
	check_equal(__sys_raw_sendto(a, text, 7, 0, NOWHERE, INET), -EFAULT);
	check_equal(__sys_sendto(a, text, 7, 0, &toy, INET), 7);
	check_equal(__sys_raw_recvfrom(b, back, 8, 0, NOWHERE, &size), -EFAULT);
	check_equal(__sys_raw_recvfrom(b, back, 8, MSG_DONTWAIT, &got, &size), -EAGAIN);

	/* In a struct. */
	struct toy_iovec out = {text, 7}, in = {back, 8};
	struct toy_msghdr message = {.msg_iov = &out, .msg_iovlen = 1, .msg_name = &toy, .msg_namelen = INET};
	struct msghdr own = {.msg_iov = &(struct iovec){text, 7}, .msg_iovlen = 1};
	struct inet address[9] = {{AF_INET, toy.place.in.port, {127, 0, 0, 1}, {0}}};
	own.msg_name = address;
	static const struct {
		unsigned toy, own;
	} same[] = {
		{0, 0}, {1, 1}, {HEAD, 2}, {INET - 1, 15}, {INET, 16}, {ALL, 128}, {129, 129}, {5000, 5000}, {0x7fffffff, 0x7fffffff},
		{0x80000000, 0x80000000}, {-1, -1},
	};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		message.msg_namelen = same[i].toy;
		own.msg_namelen = same[i].own;
		long sent = __sys_raw_sendmsg(a, &message, 0);
		check_equal(sent, kernel(LIBSYS_NR_sendmsg, a, (long)&own, 0, 0, 0));
		check_equal(message.msg_namelen, same[i].toy);
		check_equal((long)message.msg_name, (long)&toy);
		for (int j = 0; j < 2 && sent > 0; j++) {
			struct toy_msghdr_in received = {.msg_iov = &in, .msg_iovlen = 1, .msg_name = &got, .msg_namelen = same[i].toy};
			fill(&got, sizeof got);
			check_equal(__sys_recvmsg(b, &received, 0), 7);
			check_equal(received.msg_namelen, INET);
			check_equal((long)received.msg_name, (long)&got);
			check_equal(got.place.in.port, own_port(a));
			check(is_full(&got, INET, sizeof got));
		}
	}
	message.msg_namelen = INET;
	message.msg_name = NOWHERE;
	check_equal(__sys_raw_sendmsg(a, &message, 0), -EFAULT);
	struct toy_msghdr_in received = {.msg_iov = &in, .msg_iovlen = 1, .msg_name = &got, .msg_namelen = 5};
	check_equal(__sys_raw_recvmsg(b, &received, MSG_DONTWAIT), -EAGAIN);
	check_equal(received.msg_namelen, 5);
	received.msg_namelen = -1;
	check_equal(__sys_raw_recvmsg(b, &received, MSG_DONTWAIT), -EINVAL);
	/* Less room, none, nowhere, and no name. */
	message.msg_name = &toy;
	for (unsigned room = 0; room < 3; room++) {
		check_equal(__sys_sendmsg(a, &message, 0), 7);
		fill(&got, sizeof got);
		received = (struct toy_msghdr_in){.msg_iov = &in, .msg_iovlen = 1, .msg_name = &got, .msg_namelen = room * HEAD};
		check_equal(__sys_recvmsg(b, &received, 0), 7);
		check_equal(received.msg_namelen, INET);
		check(is_full(&got, room * HEAD, sizeof got));
	}
	check_equal(__sys_sendmsg(a, &message, 0), 7);
	received.msg_name = NOWHERE;
	check_equal(__sys_raw_recvmsg(b, &received, 0), -EFAULT);
	check_equal(__sys_sendmsg(a, &message, 0), 7);
	received.msg_name = NULL;
	received.msg_namelen = 0;
	check_equal(__sys_recvmsg(b, &received, 0), 7);
	check_equal(received.msg_namelen, 0);

	/* Several: the lengths stay the program's, of those that were not sent too. */
	struct toy_mmsghdr each[6];
	for (int i = 0; i < 6; i++)
		each[i] = (struct toy_mmsghdr){.msg_len = 99, .msg_hdr = message};
	each[2].msg_hdr.msg_namelen = HEAD + 1;
	check_equal(__sys_sendmmsg(a, each, 6, 0), 2);
	for (int i = 0; i < 6; i++) {
		check_equal(each[i].msg_len, i < 2 ? 7u : 99u);
		check_equal(each[i].msg_hdr.msg_namelen, i == 2 ? HEAD + 1u : (unsigned)INET);
		check_equal((long)each[i].msg_hdr.msg_name, (long)&toy);
	}
	check_equal(__sys_raw_sendmmsg(a, each + 2, 1, 0), -EINVAL);
	/* A stream has no names. */
	int pair[2];
	check_equal(kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0), 0);
	check_equal(kernel(LIBSYS_NR_write, pair[0], (long)text, 7, 0, 0), 7);
	received = (struct toy_msghdr_in){.msg_iov = &in, .msg_iovlen = 1, .msg_name = &got, .msg_namelen = ALL};
	fill(&got, sizeof got);
	check_equal(__sys_recvmsg(pair[1], &received, 0), 7);
	check_equal(received.msg_namelen, 0);
	check(is_full(&got, 0, sizeof got));
}

int main(void) {
	check(is_supplied());
	lengths();
	names();
	paths();
	connections();
	messages();
	print("ok");
	return 0;
}
