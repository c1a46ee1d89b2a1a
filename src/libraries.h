/* SPDX-License-Identifier: MIT */
/*
 * Memory that libraries take although nobody uses them any more.
 */
#ifndef SKTOP_LIBRARIES_H
#define SKTOP_LIBRARIES_H

/**
 * Gives back what is mapped of the files of libraries; what is used comes again, from the
 * cache of files, 64 KiB around it. Costs some 0.2 ms, with that.
 */
void libraries_give_back(void);

#endif
