/* avl.c - a balanced tree of keys and values that belong to the caller.  Not
   thread-safe. */
#include "abi.h"

struct node {
	void *key;
	void *value;
	struct node *child[2]; /* smaller, greater */
	struct node *parent;
	int height; /* a leaf's is 1 */
};

struct c_avl_tree_s {
	struct node *root;
	int (*compare)(const void *, const void *);
	int size;
};

struct c_avl_iterator_s {
	c_avl_tree_t *tree;
	struct node *at; /* NULL: before the first, or behind the last */
};

static int
height(const struct node *n)
{
	return n == NULL ? 0 : n->height;
}

static void
measure(struct node *n)
{
	int a = height(n->child[0]), b = height(n->child[1]);

	n->height = 1 + (a > b ? a : b);
}

static int
lean(const struct node *n)
{
	return height(n->child[1]) - height(n->child[0]);
}

/* Put `with', which may be NULL, where n hangs. */
static void
replace(c_avl_tree_t *t, struct node *n, struct node *with)
{
	struct node *parent = n->parent;

	if (parent == NULL)
		t->root = with;
	else
		parent->child[parent->child[1] == n] = with;
	if (with != NULL)
		with->parent = parent;
}

/* Lift n's child on that side above n; returns it. */
static struct node *
rotate(c_avl_tree_t *t, struct node *n, int side)
{
	struct node *up = n->child[side], *middle = up->child[!side];

	replace(t, n, up);
	up->child[!side] = n;
	n->parent = up;
	n->child[side] = middle;
	if (middle != NULL)
		middle->parent = n;
	measure(n);
	measure(up);
	return up;
}

/* From n to the root. */
static void
rebalance(c_avl_tree_t *t, struct node *n)
{
	int side;

	for (; n != NULL; n = n->parent) {
		measure(n);
		if (abs(lean(n)) < 2)
			continue;
		side = lean(n) > 0;
		if (side ? lean(n->child[1]) < 0 : lean(n->child[0]) > 0)
			rotate(t, n->child[side], !side);
		n = rotate(t, n, side);
	}
}

static struct node *
find(const c_avl_tree_t *t, const void *key)
{
	struct node *n = t->root;
	int order;

	while (n != NULL && (order = t->compare(key, n->key)) != 0)
		n = n->child[order > 0];
	return n;
}

static struct node *
outermost(struct node *n, int side)
{
	while (n != NULL && n->child[side] != NULL)
		n = n->child[side];
	return n;
}

/* The neighbour in the order of keys. */
static struct node *
step(struct node *n, int side)
{
	if (n->child[side] != NULL)
		return outermost(n->child[side], !side);
	while (n->parent != NULL && n->parent->child[side] == n)
		n = n->parent;
	return n->parent;
}

static void
take_out(c_avl_tree_t *t, struct node *n)
{
	struct node *heir, *from;

	if (n->child[0] == NULL || n->child[1] == NULL) {
		from = n->parent;
		replace(t, n, n->child[n->child[0] == NULL]);
	} else {
		heir = outermost(n->child[1], 0);
		from = heir->parent == n ? heir : heir->parent;
		replace(t, heir, heir->child[1]);
		heir->child[0] = n->child[0];
		heir->child[1] = n->child[1];
		replace(t, n, heir);
		if (heir->child[0] != NULL)
			heir->child[0]->parent = heir;
		if (heir->child[1] != NULL)
			heir->child[1]->parent = heir;
	}
	rebalance(t, from);
	t->size--;
	free(n);
}

c_avl_tree_t *
c_avl_create(int (*compare)(const void *, const void *))
{
	c_avl_tree_t *t;

	if (compare == NULL)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (t != NULL)
		t->compare = compare;
	return t;
}

void
c_avl_destroy(c_avl_tree_t *t)
{
	if (t == NULL)
		return;
	while (t->root != NULL)
		take_out(t, t->root);
	free(t);
}

int
c_avl_insert(c_avl_tree_t *t, void *key, void *value)
{
	struct node *n, *parent = NULL, **at = &t->root;
	int order;

	while (*at != NULL) {
		parent = *at;
		order = t->compare(key, parent->key);
		if (order == 0)
			return 1;
		at = &parent->child[order > 0];
	}
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return -1;
	n->key = key;
	n->value = value;
	n->parent = parent;
	*at = n;
	t->size++;
	rebalance(t, n);
	return 0;
}

static void
tell(const struct node *n, void **key, void **value)
{
	if (key != NULL)
		*key = n->key;
	if (value != NULL)
		*value = n->value;
}

int
c_avl_remove(c_avl_tree_t *t, const void *key, void **rkey, void **rvalue)
{
	struct node *n = t == NULL ? NULL : find(t, key);

	if (n == NULL)
		return -1;
	tell(n, rkey, rvalue);
	take_out(t, n);
	return 0;
}

int
c_avl_get(c_avl_tree_t *t, const void *key, void **value)
{
	struct node *n = t == NULL ? NULL : find(t, key);

	if (n == NULL)
		return -1;
	tell(n, NULL, value);
	return 0;
}

int
c_avl_pick(c_avl_tree_t *t, void **key, void **value)
{
	struct node *n;

	if (t == NULL || t->root == NULL || key == NULL || value == NULL)
		return -1;
	/* A leaf of the taller side: nothing needs to turn. */
	for (n = t->root; n->height > 1;)
		n = n->child[lean(n) > 0 || n->child[0] == NULL];
	tell(n, key, value);
	take_out(t, n);
	return 0;
}

c_avl_iterator_t *
c_avl_get_iterator(c_avl_tree_t *t)
{
	c_avl_iterator_t *iter;

	if (t == NULL)
		return NULL;
	iter = calloc(1, sizeof(*iter));
	if (iter != NULL)
		iter->tree = t;
	return iter;
}

static int
move(c_avl_iterator_t *iter, int side, void **key, void **value)
{
	struct node *n;

	if (iter == NULL || key == NULL || value == NULL)
		return -1;
	n = iter->at == NULL ? outermost(iter->tree->root, !side)
			     : step(iter->at, side);
	if (n == NULL)
		return -1;
	iter->at = n;
	tell(n, key, value);
	return 0;
}

int
c_avl_iterator_next(c_avl_iterator_t *iter, void **key, void **value)
{
	return move(iter, 1, key, value);
}

int
c_avl_iterator_prev(c_avl_iterator_t *iter, void **key, void **value)
{
	return move(iter, 0, key, value);
}

void
c_avl_iterator_destroy(c_avl_iterator_t *iter)
{
	free(iter);
}

int
c_avl_size(c_avl_tree_t *t)
{
	return t == NULL ? 0 : t->size;
}
