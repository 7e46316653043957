/*
 * Loaded into a program, writes down each write to /dev/nvme1n1 in the file named by WRITES: the letter w, the
 * offset and the length as 8 bytes each, and the data; for a range that becomes zeros, the letter z, offset and
 * length. The tests replay any beginning of these writes: that is what a power cut leaves.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_disk(int fd)
{
	struct stat file, disk;
	return fstat(fd, &file) == 0 && stat("/dev/nvme1n1", &disk) == 0 &&
	       file.st_dev == disk.st_dev && file.st_ino == disk.st_ino;
}

static void put(char kind, uint64_t offset, uint64_t length, const void *data)
{
	FILE *log = fopen(getenv("WRITES"), "ab");
	if (!log || fwrite(&kind, 1, 1, log) != 1 || fwrite(&offset, 8, 1, log) != 1 || fwrite(&length, 8, 1, log) != 1 ||
	    (data && fwrite(data, 1, length, log) != length) || fclose(log) != 0)
		abort();
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
	REAL(pwrite);
	ssize_t written = real(fd, data, length, offset);
	if (written > 0 && is_disk(fd))
		put('w', offset, written, data);
	return written;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
	return pwrite(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length)
{
	REAL(write);
	off_t offset = is_disk(fd) ? lseek(fd, 0, SEEK_CUR) : -1;
	ssize_t written = real(fd, data, length);
	if (written > 0 && offset >= 0)
		put('w', offset, written, data);
	return written;
}

int fallocate(int fd, int mode, off_t offset, off_t length)
{
	REAL(fallocate);
	int failed = real(fd, mode, offset, length);
	if (!failed && is_disk(fd))
		put('z', offset, length, NULL);
	return failed;
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length)
{
	return fallocate(fd, mode, offset, length);
}

/* No write may pass by unseen. */
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t offset)
{
	REAL(pwritev);
	if (is_disk(fd))
		abort();
	return real(fd, data, count, offset);
}

ssize_t writev(int fd, const struct iovec *data, int count)
{
	REAL(writev);
	if (is_disk(fd))
		abort();
	return real(fd, data, count);
}
