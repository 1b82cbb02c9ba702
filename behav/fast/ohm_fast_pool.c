/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_fast_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct thread {
    pthread_t id;
    struct fast_pool *pool;
    int number;
};

struct fast_pool {
    struct thread *threads; /* the caller is none of them */
    int count;
    pthread_mutex_t lock;
    pthread_cond_t start, end;
    unsigned round; /* counts runs */
    int busy;       /* threads that have not finished the round */
    int stop;
    fast_job fn;
    void *user;
    int jobs;
    atomic_int next;
};

static void work(struct fast_pool *p, int thread)
{
    for (int job; (job = atomic_fetch_add(&p->next, 1)) < p->jobs;)
        p->fn(p->user, thread, job);
}

static void *thread_main(void *self)
{
    struct thread *t = self;
    struct fast_pool *p = t->pool;
    unsigned round = 0;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->round == round && !p->stop)
            pthread_cond_wait(&p->start, &p->lock);
        if (p->stop)
            break;
        round = p->round;
        pthread_mutex_unlock(&p->lock);
        work(p, t->number);
        pthread_mutex_lock(&p->lock);
        if (!--p->busy)
            pthread_cond_signal(&p->end);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct fast_pool *fast_pool_new(int threads, struct ohm_error *err)
{
    struct fast_pool *p = calloc(1, sizeof *p);

    if (p)
        p->threads = calloc((size_t)threads, sizeof *p->threads);
    if (!p || !p->threads) {
        free(p);
        ohm_fail(err, "threads: out of memory");
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->end, NULL);
    for (int i = 0; i < threads - 1; i++) {
        struct thread *t = &p->threads[i];
        *t = (struct thread){.pool = p, .number = i + 1};
        const int rc = pthread_create(&t->id, NULL, thread_main, t);
        if (rc) {
            fast_pool_free(p);
            ohm_fail(err, "threads: %s, number %d of %d", strerror(rc), i + 2, threads);
            return NULL;
        }
        p->count++;
    }
    return p;
}

void fast_pool_free(struct fast_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = 1;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->count; i++)
        pthread_join(p->threads[i].id, NULL);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->start);
    pthread_cond_destroy(&p->end);
    free(p->threads);
    free(p);
}

void fast_pool_run(struct fast_pool *p, int count, fast_job fn, void *user)
{
    pthread_mutex_lock(&p->lock);
    p->fn = fn;
    p->user = user;
    p->jobs = count;
    atomic_store(&p->next, 0);
    p->busy = p->count;
    p->round++;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    work(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy)
        pthread_cond_wait(&p->end, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
