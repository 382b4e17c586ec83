'use client';

/**
 * Hooks for React.
 *
 * @packageDocumentation
 */
export * from '@cometkit/react';
