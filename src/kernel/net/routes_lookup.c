/* SPDX-License-Identifier: MIT */
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include "kernel/netlink/attrs.h"
#include "kernel/netlink/dump.h"
#include "kernel/net/routes.h"

#ifndef RTM_F_FIB_MATCH
#define RTM_F_FIB_MATCH 0x2000
#endif

struct request {
	struct nlmsghdr head;
	struct rtmsg route;
	uint8_t attrs[160];
};

static void put(struct request *request, uint16_t type, const void *data, size_t len)
{
	const size_t head = sizeof(struct nlattr);
	struct nlattr attr = { .nla_len = (uint16_t)(head + len), .nla_type = type };
	uint8_t *at = (uint8_t *)request + request->head.nlmsg_len;

	memcpy(at, &attr, sizeof(attr));
	memcpy(at + head, data, len);
	request->head.nlmsg_len += (uint32_t)(attr.nla_len + 3U) & ~3U;
}

static void put_addr(struct request *request, uint16_t type, const struct sk_addr *addr)
{
	if (request->route.rtm_family == AF_INET)
		put(request, type, addr->b + 12, 4);
	else
		put(request, type, addr->b, 16);
}

static uint8_t ip_protocol(const struct sk_socket *s)
{
	static const uint8_t numbers[SK_PROTO_COUNT] = {
		[SK_PROTO_TCP] = IPPROTO_TCP, [SK_PROTO_UDP] = IPPROTO_UDP,
		[SK_PROTO_MPTCP] = IPPROTO_TCP,
	};

	return numbers[s->proto];
}

/* Fills a request with all values that rules may use. A kernel before 4.19 knows no ports. */
static void fill(const struct sk_detached *detached, uint32_t mark, bool ports,
		 struct request *request)
{
	const struct sk_socket *s = &detached->socket;
	const struct sk_attrs *attrs = &detached->attrs;
	bool v6 = !sk_addr_is_v4(&s->remote);
	uint16_t sport = htons(s->lport), dport = htons(s->rport);
	uint8_t protocol = ip_protocol(s);

	*request = (struct request){
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
			  .nlmsg_type = RTM_GETROUTE },
		.route = { .rtm_family = v6 ? AF_INET6 : AF_INET,
			   .rtm_dst_len = v6 ? 128 : 32,
			   .rtm_flags = RTM_F_LOOKUP_TABLE },
	};
	put_addr(request, RTA_DST, &s->remote);
	if (sk_addr_is_v4(&attrs->local) == !v6 && !sk_addr_is_any(&attrs->local)) {
		request->route.rtm_src_len = v6 ? 128 : 32;
		put_addr(request, RTA_SRC, &attrs->local);
	}
	if (attrs->ifindex)
		put(request, RTA_OIF, &attrs->ifindex, sizeof(attrs->ifindex));
	if (mark)
		put(request, RTA_MARK, &mark, sizeof(mark));
	if (s->flags & SK_F_OWNER)
		put(request, RTA_UID, &attrs->uid, sizeof(attrs->uid));
	if (ports && protocol && s->rport) {
		put(request, RTA_IP_PROTO, &protocol, sizeof(protocol));
		put(request, RTA_SPORT, &sport, sizeof(sport));
		put(request, RTA_DPORT, &dport, sizeof(dport));
	}
}

static int ask(struct netlink *netlink, struct request *request,
	       struct routes_decoded *decoded)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[2048];
	const struct nlmsghdr *message = (const void *)bytes;
	ssize_t n = dump_ask(netlink, &request->head, bytes, sizeof(bytes));

	if (n < 0)
		return (int)n;
	if (message->nlmsg_type != RTM_NEWROUTE)
		return -EPROTO;
	n = routes_decode(message, (size_t)n, decoded);
	decoded->nexthops = NULL; /* they lie in bytes, which ends here */
	decoded->nexthops_len = 0;
	return (int)n;
}

void routes_lookup(struct netlink *netlink, const struct sk_detached *detached,
		   uint32_t mark, struct sk_route_answer *answer)
{
	struct routes_decoded decoded;
	struct request request;
	bool ports = true;

	*answer = (struct sk_route_answer){ 0 };
	fill(detached, mark, ports, &request);
	answer->error = ask(netlink, &request, &decoded);
	if (answer->error == -EINVAL) {
		ports = false;
		fill(detached, mark, ports, &request);
		answer->error = ask(netlink, &request, &decoded);
	}
	if (answer->error)
		return;
	answer->route = decoded.route;
	answer->metrics = decoded.metrics;
	fill(detached, mark, ports, &request);
	request.route.rtm_flags |= RTM_F_FIB_MATCH; /* needs Linux 4.13 */
	answer->has_entry = ask(netlink, &request, &decoded) == 0 &&
			    !(decoded.route.flags & SK_ROUTE_CACHED);
	answer->entry = decoded.route;
}
